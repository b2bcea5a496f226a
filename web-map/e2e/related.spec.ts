import type { Related, ServedFeature } from "../src/core/api";
import { expect, test, text, type City } from "./city";

/** Some feature that leads to others, and where. */
async function linked(city: City) {
  const { layers } = await city.catalogue();
  for (const { id, title } of layers.filter(({ links }) => links)) {
    const items = await city.page.request.get(`/ogc/collections/${id}/items?limit=5`);
    const { features = [] } = (await items.json()) as { features?: ServedFeature[] };
    for (const feature of features) {
      const answer = await city.page.request.get(`/related?layer=${id}&id=${feature.id}&lang=en`);
      const { groups } = (await answer.json()) as Related;
      const [group] = groups;
      if (group) return { layer: id, title, id: feature.id, group };
    }
  }
  throw new Error("no feature is linked to another");
}

test("a card leads to what belongs to it, and back", async ({ city, page }) => {
  const { layer, title, id, group } = await linked(city);
  await city.open(`#map=16/39.158/-75.524&object=${layer}/${id}`);
  const related = city.object.getByRole("region", { name: text("related.title") });
  await expect(related.getByRole("heading", { name: group.title })).toBeVisible();
  await city.picture("related");
  const [first] = group.features;
  await related.getByRole("listitem").getByRole("button").first().click();
  await expect.poll(() => city.hash).toContain(`object=${first?.layer}/${first?.id}`);
  await page.goBack();
  await expect(city.object).toContainText(title);
});
