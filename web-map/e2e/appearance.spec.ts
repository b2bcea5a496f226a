import { LANGUAGES } from "../src/core/language";
import { brightness, expect, test, text } from "./city";

test("the language changes at once, stays after a reload, and keeps the view", async ({ city, page }) => {
  await city.open("#map=15/39.158/-75.524");
  for (const language of LANGUAGES) {
    await page.getByRole("radio", { name: text(`language.${language}`) }).check({ force: true });
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    await expect(page.getByRole("heading", { name: text("layers.title", {}, language) })).toBeVisible();
    await expect(city.canvas).toHaveAttribute("aria-label", text("map.label", {}, language));
  }
  expect(await city.hash).toContain("map=15/39.158");
  await page.goto("about:blank");
  await page.goto("/");
  await expect(page.locator("html")).toHaveAttribute("lang", LANGUAGES.at(-1) ?? "");
});

test.describe("a Russian browser", () => {
  test.use({ locale: "ru-RU" });
  test("gets a Russian map", async ({ city, page }) => {
    await city.openAtSea();
    await expect(page.locator("html")).toHaveAttribute("lang", "ru");
    await city.picture("city-ru");
  });
});

test("night is dark, pale is light, and n goes round", async ({ city, page }) => {
  await city.open("#map=15/39.158/-75.524");
  const day = brightness(await city.pixels());
  await page.getByRole("radio", { name: text("theme.night") }).check({ force: true });
  await expect.poll(async () => brightness(await city.pixels())).toBeLessThan(day / 2);
  await city.settled();
  await city.picture("night");
  await page.keyboard.press("n");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "day");
  await page.keyboard.press("n");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "pale");
  await expect.poll(async () => brightness(await city.pixels())).toBeGreaterThan(day * 0.8);
});

test.describe("a dark system", () => {
  test.use({ colorScheme: "dark" });
  test("gets a night map until somebody chooses", async ({ city, page }) => {
    await city.openAtSea();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "night");
    await page.emulateMedia({ colorScheme: "light" });
    await expect(page.locator("html")).toHaveAttribute("data-theme", "day");
    expect(await city.hash).not.toContain("theme");
  });
});
