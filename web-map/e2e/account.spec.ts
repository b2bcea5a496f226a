import { expect, test, text, type City } from "./city";
import { commands, newContractsRole, newPerson, type Person } from "./people";

test.skip(!commands, "KVARTAL_DATA_DIR names no data in which accounts could be made");

const PLACE = "#map=16/39.158/-75.524";

const dialogOf = ({ page }: City) => page.getByRole("dialog", { name: text("account.signIn") });
const buttonOf = ({ page }: City, { title }: Person) =>
  page.getByRole("button", { name: text("account.of", { name: title }), exact: true });

async function fillIn(city: City, { name, password }: Person): Promise<void> {
  const dialog = dialogOf(city);
  await dialog.getByRole("textbox", { name: text("account.name") }).fill(name);
  await dialog.getByLabel(text("account.password"), { exact: true }).fill(password);
  await dialog.getByLabel(text("account.password"), { exact: true }).press("Enter");
}

test("who signs in sees the registers that are theirs, in the same place", async ({ city, page }) => {
  const person = newPerson("Айгүл Касымова", [newContractsRole()]);
  await city.open(`${PLACE}&off=greenery`);
  const before = await city.hash;
  await page.keyboard.press("t");
  const tables = page.getByRole("combobox", { name: text("table.layer") });
  await expect(tables).toBeVisible();
  expect(await tables.locator('option[value="contracts"]').count()).toBe(0);

  await page.getByRole("button", { name: text("account.signIn") }).press("Enter");
  await expect(dialogOf(city).getByRole("textbox", { name: text("account.name") })).toBeFocused();
  await city.picture("sign-in");
  await fillIn(city, person);
  await expect(dialogOf(city)).toBeHidden();
  await expect(buttonOf(city, person)).toBeVisible();
  await expect(tables.locator('option[value="contracts"]')).toHaveCount(1);
  expect((await city.hash).split("&")[0]).toBe(before.split("&")[0]);

  // A register without geometry is in the table, not among what a map shows.
  await expect(city.layers.getByRole("checkbox", { name: "Contracts" })).toHaveCount(0);

  await tables.selectOption("contracts");
  await expect(page.getByRole("grid").locator('[aria-rowindex="2"]')).not.toHaveClass(/waiting/);
  await buttonOf(city, person).click();
  await city.picture("signed-in");
  await page.getByRole("button", { name: text("account.signOut"), exact: true }).click();
  await expect(page.getByRole("button", { name: text("account.signIn") })).toBeVisible();
  await expect(page.getByRole("grid")).toHaveCount(0);
});

test("people change their passwords themselves", async ({ city, page }) => {
  const person = newPerson("Anna Orlova");
  const changed = { ...person, password: "quiet river under snow" };
  await city.openAtSea();
  await page.getByRole("button", { name: text("account.signIn") }).click();
  await fillIn(city, person);
  await buttonOf(city, person).click();
  await page.getByRole("button", { name: text("account.change") }).click();
  const dialog = page.getByRole("dialog", { name: text("account.change") });
  await dialog.getByLabel(text("account.current"), { exact: true }).fill(person.password);
  await dialog.getByLabel(text("account.new"), { exact: true }).fill(changed.password);
  await city.picture("change-password");
  await dialog.getByRole("button", { name: text("account.save") }).click();
  await expect(dialog).toBeHidden();
  await buttonOf(city, person).click();
  await page.getByRole("button", { name: text("account.signOut"), exact: true }).click();
  await page.getByRole("button", { name: text("account.signIn") }).click();
  await fillIn(city, changed);
  await expect(buttonOf(city, person)).toBeVisible();
});

test.describe("refused", () => {
  test.use({ failing: true });

  test("a wrong password is told of, and too many attempts with the time to wait", async ({ city, page }) => {
    const person = newPerson("Anna");
    await city.openAtSea();
    await page.getByRole("button", { name: text("account.signIn") }).click();
    await fillIn(city, { ...person, password: "guessed" });
    await expect(dialogOf(city).getByRole("alert")).toHaveText(text("account.wrong"));
    await expect(dialogOf(city).getByLabel(text("account.password"), { exact: true })).toHaveValue("");
    await city.picture("sign-in-wrong");

    await page.route("**/session", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 429, headers: { "retry-after": "30" } })
        : route.fallback(),
    );
    await fillIn(city, person);
    await expect(dialogOf(city).getByRole("alert")).toContainText("Too many attempts. The next one");
    await expect(dialogOf(city).getByRole("button", { name: text("account.signIn"), exact: true })).toBeDisabled();
  });
});

test("a session that has ended elsewhere is told of, and what it showed is gone", async ({ city, page, browser }) => {
  const person = newPerson("Anna Orlova", [newContractsRole()]);
  await city.openAtSea();
  await page.getByRole("button", { name: text("account.signIn") }).click();
  await fillIn(city, person);
  await expect(buttonOf(city, person)).toBeVisible();

  const elsewhere = await browser.newContext();
  const { name, password } = person;
  await elsewhere.request.post("/session", { data: { name, password } });
  const { csrf } = (await (await elsewhere.request.get("/session")).json()) as { csrf: string };
  await elsewhere.request.delete("/session?everywhere=true", { headers: { "x-csrf-token": csrf } });
  await elsewhere.close();

  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(page.getByRole("alert").filter({ hasText: text("account.ended") })).toBeVisible();
  await page
    .getByRole("alert")
    .getByRole("button", { name: text("account.signIn") })
    .click();
  await expect(dialogOf(city)).toBeVisible();
});
