import { expect, test, text } from "./city";

test.use({ failing: true });

test("a server that is away is told of, and one button brings the map", async ({ city, page }) => {
  await page.route("**/catalogue.json*", (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("heading", { name: text("failure.title") })).toBeVisible();
  await expect(page.getByText(text("failure.offline"))).toBeVisible();
  await city.picture("offline");

  await page.unroute("**/catalogue.json*");
  await page.getByRole("button", { name: text("action.retry") }).click();
  await expect(city.canvas).toBeVisible();
  await expect(city.layers.getByRole("checkbox").first()).toBeVisible();
});

test("a server's own words reach the person", async ({ city, page }) => {
  await city.open("#map=16/39.158/-75.524");
  await page.route("**/identify*", (route) =>
    route.fulfill({
      status: 400,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "x", detail: "Too many layers." }),
    }),
  );
  await city.canvas.click();
  await expect(city.object).toContainText("Too many layers.");
  await page.unroute("**/identify*");
  await city.object.getByRole("button", { name: text("action.retry") }).click();
  await expect(city.object).not.toContainText("Too many layers.");
});

test("tiles that fail are told of once and can be fetched again", async ({ city, page }) => {
  await page.route("**/tiles/**/*.mvt", (route) => route.fulfill({ status: 503 }));
  await page.goto("/");
  const toast = page.getByRole("alert").filter({ hasText: text("failure.tiles") });
  await expect(toast).toBeVisible();
  await expect(toast.getByText(text("failure.tiles"))).toHaveCount(1);
  await page.unroute("**/tiles/**/*.mvt");
  const tile = page.waitForResponse((response) => response.url().includes(".mvt") && response.ok());
  await toast.getByRole("button", { name: text("action.retry") }).click();
  await tile;
  await expect(toast.getByText(text("failure.tiles"))).toHaveCount(0);
  await city.settled();
});

test("without WebGL the page says so and leads to the data", async ({ city, page }) => {
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  await page.goto("/");
  await expect(page.getByRole("heading", { name: text("failure.webglTitle") })).toBeVisible();
  await expect(page.getByRole("link", { name: text("unavailable.ogc") })).toHaveAttribute("href", "/ogc");
  await city.picture("no-webgl");
});

test("an object that is gone is told of", async ({ city }) => {
  const { layer } = await city.anObject();
  await city.open(`#map=16/39.158/-75.524&object=${layer.id}/999999999`);
  await expect(city.object).toContainText(text("object.gone"));
});
