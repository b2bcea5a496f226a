import { THEMES } from "../src/core/theme";
import { findings } from "./axe";
import { expect, test, text, type City } from "./city";

/** Opens layers with a legend, and a card. */
async function openEverything(city: City, theme: string): Promise<void> {
  const { layer, fragment } = await city.anObject();
  await city.open(`${fragment}&theme=${theme}`);
  await city.layers.getByRole("button", { name: text("layers.details", { layer: layer.title }) }).click();
  await city.canvas.click();
  await expect(city.object.getByRole("term").first()).toBeVisible();
}

for (const theme of THEMES) {
  test(`axe finds nothing by ${theme} with every panel open`, async ({ city, page }) => {
    await openEverything(city, theme);
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press("?");
    expect(await findings(page)).toEqual([]);
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  test("axe finds nothing with a sheet or the settings open", async ({ city, page }) => {
    await city.open();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: text("layers.title") }).tap();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: text("menu.title") }).tap();
    expect(await findings(page)).toEqual([]);
  });
});
