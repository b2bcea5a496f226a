import { expect, test, text } from "./city";

/** Sides of the pages of a PDF in millimetres, as its page tree tells. */
function pageSizes(pdf: Buffer): [number, number][] {
  const boxes = pdf.toString("latin1").matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g);
  return [...boxes].map(([, width, height]) => [
    Math.round((Number(width) / 72) * 25.4),
    Math.round((Number(height) / 72) * 25.4),
  ]);
}

test("the view is printed on one sheet of the format chosen, to scale", async ({ city, page }) => {
  // Software draws ten million pixels of paper.
  test.slow();
  await city.open("#map=16/39.158/-75.524&theme=night");
  await page.evaluate(() => {
    window.print = () => document.documentElement.setAttribute("data-printed", "");
  });
  await page.keyboard.press("p");
  const dialog = page.getByRole("dialog", { name: text("print.title") });
  await dialog.getByRole("textbox", { name: text("print.heading") }).fill("Plan of the quarter");
  await dialog.getByRole("combobox", { name: text("print.format") }).selectOption("A3");
  await dialog.getByRole("combobox", { name: text("print.scale") }).selectOption("5000");
  await expect(dialog.locator("footer")).toContainText("1:5,000");
  await expect(dialog.locator("footer")).toContainText("OpenStreetMap contributors");
  await dialog.getByRole("button", { name: text("print.print"), exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-printed", "", { timeout: 90_000 });
  await city.picture("print");

  const sizes = pageSizes(await page.pdf({ preferCSSPageSize: true }));
  expect(new Set(sizes.map(String))).toEqual(new Set(["420,297"]));
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});
