import { nameOf } from "../src/core/found";
import { expect, test, text } from "./city";

test("a name leads to its object, with the keyboard alone", async ({ city, page }) => {
  const { layer, feature } = await city.anObject();
  const name = nameOf({ layer: layer.id, feature }, await city.catalogue(), "en");
  await city.open();
  await page.keyboard.press("f");
  await expect(city.search).toBeFocused();
  await page.keyboard.type(name);
  const wanted = city.suggestions.filter({ hasText: layer.title }).first();
  await expect(wanted).toBeVisible();
  await city.picture("search");
  while ((await wanted.getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
  await expect(city.search).toHaveAttribute("aria-activedescendant", (await wanted.getAttribute("id")) ?? "");
  await page.keyboard.press("Enter");
  await expect(city.suggestions).toHaveCount(0);
  await expect(city.object.getByRole("heading").first()).toBeFocused();
  await expect(city.object).toContainText(layer.title);
  await expect.poll(() => city.hash).toContain(`object=${layer.id}/`);
});

test("coordinates are a place", async ({ city }) => {
  await city.openAtSea();
  await city.search.fill("39.1582, -75.5244");
  await city.suggestions.first().click();
  await expect(city.object).toContainText("39.15820° N, 75.52440° W");
  await expect.poll(() => city.hash).toMatch(/map=1[6-9][^/]*\/39\.158\d*\/-75\.524/);
});

test("nothing found says what else to try, and Escape closes", async ({ city, page }) => {
  await city.openAtSea();
  await city.search.fill("qqqqzzzzxxxx");
  await expect(page.getByText(text("search.none"))).toBeVisible();
  await city.search.press("Escape");
  await expect(page.getByText(text("search.none"))).toBeHidden();
  await expect(city.search).toHaveValue("qqqqzzzzxxxx");
  await city.search.press("Escape");
  await expect(city.search).toHaveValue("");
});
