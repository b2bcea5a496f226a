import { expect, test as base, type Locator, type Page } from "@playwright/test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import type { Catalogue, Group, Layer } from "../src/core/catalogue";
import { boundsOf } from "../src/core/found";
import type { Identified, ServedFeature } from "../src/core/api";
import type { Language } from "../src/core/language";
import { formatMessage, type MessageParameters } from "../src/core/message";
import type { MessageKey } from "../src/messages";

/** A text of the interface, read from the same catalogues. */
export function text(key: MessageKey, parameters?: MessageParameters, language: Language = "en"): string {
  const part = key.startsWith("admin.") ? "administration/" : key.startsWith("dispatch.") ? "dispatch/" : "";
  const url = new URL(`../src/messages/${part}${language}.json`, import.meta.url);
  const messages = JSON.parse(readFileSync(url, "utf8")) as Record<MessageKey, string>;
  return formatMessage(messages[key], language, parameters);
}

/** The map of the city as a person at a browser meets it. */
export class City {
  constructor(readonly page: Page) {}

  /** Opens an address of the map and waits until the first map stands complete. */
  async open(fragment = ""): Promise<void> {
    // A new document even if only the fragment differs.
    await this.page.goto("about:blank");
    await this.page.goto(`/${fragment}`);
    await this.page.waitForFunction(() => performance.getEntriesByName("kvartal:first-map").length > 0);
    await this.settled();
  }

  /** Opens the map where nothing is drawn: half of a test's time is drawing in software. */
  async openAtSea(): Promise<void> {
    await this.open("#map=12/37/-70");
  }

  /** Waits until the map neither fetches nor draws. */
  async settled(): Promise<void> {
    await expect(this.page.locator("#map")).toHaveAttribute("data-busy", "false");
  }

  get canvas(): Locator {
    return this.page.locator("#map .maplibregl-canvas");
  }

  get layers(): Locator {
    return this.page.getByRole("region", { name: text("layers.title"), exact: true });
  }

  get object(): Locator {
    return this.page.getByRole("region", {
      name: new RegExp(`^(${text("object.title")}|${text("object.cardTitle")})$`),
    });
  }

  get search(): Locator {
    return this.page.getByRole("combobox", { name: text("search.label") });
  }

  /** What the search suggests. */
  get suggestions(): Locator {
    return this.page.getByRole("listbox", { name: text("search.results") }).getByRole("option");
  }

  get hash(): Promise<string> {
    return this.page.evaluate(() => decodeURIComponent(location.hash));
  }

  async catalogue(language: Language = "en"): Promise<Catalogue> {
    const response = await this.page.request.get(`/catalogue.json?lang=${language}`);
    return (await response.json()) as Catalogue;
  }

  /** Some object of some theme that the map shows, and an address that has it in the middle of the map. */
  async anObject(): Promise<{ layer: Layer; feature: ServedFeature; fragment: string }> {
    const { layers } = await this.catalogue();
    for (const layer of layers.filter(
      ({ group, shown, actions }) => group !== "base" && shown && actions.includes("identify"),
    )) {
      const response = await this.page.request.get(`/ogc/collections/${layer.id}/items?limit=5`);
      const { features = [] } = (await response.json()) as { features?: ServedFeature[] };
      for (const feature of features) {
        const [west, south, east, north] = boundsOf(feature.geometry) ?? [0, 0, 0, 0];
        const [lon, lat] = [(west + east) / 2, (south + north) / 2];
        if (await this.isAt(feature, layer, lon, lat)) return { layer, feature, fragment: `#map=17/${lat}/${lon}` };
      }
    }
    throw new Error("the map shows no object of any theme: load the demo city first");
  }

  /** Whether a click at zoom 17 finds the feature there: the middle of a bent one may lie beside it. */
  private async isAt(feature: ServedFeature, layer: Layer, lon: number, lat: number): Promise<boolean> {
    const response = await this.page.request.get(`/identify?lon=${lon}&lat=${lat}&zoom=17&layers=${layer.id}&lang=en`);
    const { results = [] } = (await response.json()) as Partial<Identified>;
    return results.some(({ features }) => features.some(({ id }) => id === feature.id));
  }

  /** The box of a group of layers. */
  groupBox({ title }: Group): Locator {
    return this.layers.getByRole("checkbox", { name: text("layers.groupBox", { group: title }) });
  }

  /** Opens a group of layers, if it is folded. */
  async unfold(group: Group): Promise<void> {
    const name = text("layers.groupBox", { group: group.title });
    const item = this.layers.getByRole("listitem").filter({ has: this.page.getByRole("checkbox", { name }) });
    const fold = item.getByRole("button").first();
    if ((await fold.getAttribute("aria-expanded")) === "false") await fold.click();
  }

  /** The canvas's pixels as they are on the screen, panels aside. */
  async pixels(): Promise<PNG> {
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    const clip = { x: width / 2 - 150, y: height / 2 - 150, width: 300, height: 300 };
    return PNG.sync.read(await this.page.screenshot({ clip }));
  }

  /** Keeps a picture for people, if the environment names a folder for them. */
  async picture(name: string): Promise<void> {
    const folder = process.env.KVARTAL_SCREENSHOTS;
    if (!folder) return;
    if (await this.page.locator("#map").isVisible()) await this.settled();
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }
}

/** The first group of layers that passes. */
export function aGroup({ groups }: Catalogue, passes: (group: Group) => boolean = () => true): Group {
  const group = groups.find(passes);
  if (!group) throw new Error("the city has no such group of layers");
  return group;
}

/** How many different colours a picture has. */
export function colours({ data }: PNG): number {
  const seen = new Set<number>();
  for (let i = 0; i < data.length; i += 4) seen.add(data.readUIntBE(i, 3));
  return seen.size;
}

/** The share of pixels in which two pictures of one size differ so that one sees it. */
export function difference({ data: a }: PNG, { data: b }: PNG): number {
  let unlike = 0;
  for (let i = 0; i < a.length; i += 4) {
    const far = [0, 1, 2].some((c) => Math.abs((a[i + c] ?? 0) - (b[i + c] ?? 0)) > 8);
    if (far) unlike++;
  }
  return unlike / (a.length / 4);
}

/** Mean brightness of a picture, 0 to 255. */
export function brightness({ data }: PNG): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)) / 3;
  return sum / (data.length / 4);
}

interface Fixtures {
  /** Whether the test provokes failures, so that the browser's console may tell of them. */
  failing: boolean;
  city: City;
}

/**
 * A test with a City that, whatever else it checks, must not call a foreign
 * host, break the content security policy, or leave an error in the console.
 */
export const test = base.extend<Fixtures>({
  failing: [false, { option: true }],
  city: async ({ page, baseURL, failing }, use) => {
    const faults: string[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== new URL(baseURL ?? "").origin)
        faults.push(`foreign host: ${url.href}`);
    });
    page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      const policy = message.text().includes("Content Security Policy");
      if (policy || (!failing && ["error", "warning"].includes(message.type())))
        faults.push(`console: ${message.text()}`);
    });
    await use(new City(page));
    expect(faults).toEqual([]);
  },
});

export { expect } from "@playwright/test";
