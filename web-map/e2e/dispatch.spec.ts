import { findings } from "./axe";
import { expect, test, text } from "./city";

test("the fleet is listed and drawn as it moves, and one of it is followed", async ({ city, page }) => {
  await city.open("#map=13/39.158/-75.524");
  await page.keyboard.press("d");
  const panel = page.getByRole("region", { name: text("dispatch.title") });
  const rows = panel.getByRole("listitem").getByRole("button");
  await expect(rows.first()).toBeVisible();
  await expect(panel.getByRole("status")).not.toHaveText(text("dispatch.count", { count: 0 }));
  await city.picture("dispatch");

  const name = (await rows.first().locator("span span").first().innerText()).trim();
  await rows.first().click();
  await expect(rows.first()).toHaveAttribute("aria-pressed", "true");
  const card = panel.getByRole("region", { name, exact: true });
  await card.getByRole("checkbox", { name: text("dispatch.follow") }).check();
  expect(await findings(page)).toEqual([]);

  await panel.getByRole("searchbox").fill("nobody is called that");
  await expect(rows).toHaveCount(0);
  await page.keyboard.press("Escape");
});
