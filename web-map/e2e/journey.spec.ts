import { layersOf } from "../src/core/catalogue";
import { aGroup, colours, expect, test, text } from "./city";

test("from an address to its parcel, the networks before it, and a link for a colleague", async ({ city, page }) => {
  const catalogue = await city.catalogue();
  const { layers } = catalogue;
  const addresses = layers.find(({ id }) => id === "addresses");
  const buildings = layers.find(({ id }) => id === "buildings");
  const parcels = layers.find(({ id }) => id === "parcels");
  const networks = aGroup(catalogue, ({ id }) => id === "networks");
  const response = await page.request.get("/ogc/collections/buildings/items?limit=1&filter=address IS NOT NULL");
  const { features } = (await response.json()) as { features: { properties: { address: string } }[] };

  // Find the address.
  await city.open();
  await city.search.fill(features[0]?.properties.address ?? "");
  await city.suggestions
    .filter({ hasText: addresses?.title ?? "" })
    .first()
    .click();
  await expect(city.object).toContainText(addresses?.title ?? "");
  await city.settled();

  // Read the parcel of the building that has the address.
  for (const next of [buildings, parcels]) {
    const group = city.object.getByRole("list", { name: next?.title ?? "", exact: true });
    await group.getByRole("button").first().click();
    await expect(city.object).toContainText(next?.title ?? "");
  }
  await expect(city.object).toContainText(/\d\d:\d\d:\d{7}:\d+/);
  await city.settled();
  await city.picture("parcel");

  // Switch on the networks, and let the uppermost shine through.
  const before = await city.pixels();
  await city.unfold(networks);
  await city.groupBox(networks).check();
  await expect.poll(async () => (await city.pixels()).data.equals(before.data)).toBe(false);
  await city.settled();
  const [first] = layersOf(catalogue, networks);
  await city.layers.getByRole("button", { name: text("layers.details", { layer: first?.title ?? "" }) }).click();
  await city.layers.getByRole("slider", { name: text("layers.opacity") }).fill("40");
  await expect.poll(() => city.hash).toContain(`opacity=${first?.id}:0.4`);
  await city.picture("networks");

  // Share exactly this.
  await page.getByRole("button", { name: text("share.label") }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await city.open(new URL(link).hash);
  await expect.poll(() => city.hash).toContain(`opacity=${first?.id}:0.4`);
  await expect(city.groupBox(networks)).toBeChecked();
  await expect(city.object).toContainText(parcels?.title ?? "");
});

test("all layers at once are drawn, not a white screen", async ({ city }) => {
  const { groups, layers } = await city.catalogue();
  const themes = groups.filter(({ id }) => id !== "base").map(({ id }) => id);
  await city.open(`#map=16/39.158/-75.524&on=${themes.join(",")}`);
  expect(layers.filter(({ group, geometry }) => group !== "base" && geometry !== "none").length).toBeGreaterThan(24);
  expect(colours(await city.pixels())).toBeGreaterThan(200);
  await city.picture("everything");
});
