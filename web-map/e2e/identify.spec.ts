import { expect, test, text } from "./city";

test("a click tells what is there, with coordinates of both systems", async ({ city, page }) => {
  const { layer, fragment } = await city.anObject();
  await city.open(fragment);
  await city.canvas.click();
  await expect(
    city.object
      .getByRole("list", { name: text("object.results") })
      .getByText(layer.title)
      .first(),
  ).toBeVisible();
  await expect(city.object.getByRole("term").first()).toBeVisible();
  const { city: place } = await city.catalogue();
  await expect(city.object).toContainText(text("coordinates.wgs84"));
  await expect(city.object).toContainText(place.crs.title);
  await city.picture("card");

  await page.keyboard.press("Escape");
  await expect(city.object).toBeHidden();
});

test("a card speaks the person's language", async ({ city }) => {
  const { layer, feature } = await city.anObject();
  const { layers } = await city.catalogue("ru");
  const russian = layers.find(({ id }) => id === layer.id);
  const field = russian?.fields.find(({ name }) => feature.properties[name] != null);
  await city.open(`#lang=ru&object=${layer.id}/${feature.id}`);
  const panel = city.page.getByRole("region", { name: text("object.cardTitle", {}, "ru") });
  await expect(panel.getByText(russian?.title ?? "").first()).toBeVisible();
  await expect(panel.getByText(field?.title ?? "", { exact: true })).toBeVisible();
});

test("an address brings back view, layers, theme, language and object", async ({ city, page }) => {
  const { layer, feature, fragment } = await city.anObject();
  const address = `${fragment}&off=base&theme=night&lang=en&object=${layer.id}/${feature.id}`;
  await city.open(address);
  await expect(city.object.getByText(layer.title).first()).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "night");
  await expect.poll(() => city.hash).toContain(`off=base&theme=night&lang=en&object=${layer.id}/${feature.id}`);
});

test("without a view an address of an object looks at it", async ({ city }) => {
  const { layer, feature, fragment } = await city.anObject();
  await city.open(`#object=${layer.id}/${feature.id}`);
  const [, lat, lon] = fragment.split("/").map(Number);
  await expect
    .poll(async () => {
      const [, atLat, atLon] = (await city.hash).split("&")[0]?.split("/").map(Number) ?? [];
      return Math.hypot((atLat ?? 0) - (lat ?? 0), (atLon ?? 0) - (lon ?? 0));
    })
    .toBeLessThan(0.001);
});

test("where nothing is, the panel says what to do", async ({ city }) => {
  await city.open("#map=16/39.158/-75.524");
  await city.layers.getByRole("button", { name: text("layers.hideAll") }).click();
  await city.canvas.click();
  await expect(city.object).toContainText(text("object.none"));
});
