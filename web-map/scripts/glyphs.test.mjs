import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PbfReader } from "pbf";
import { decompress } from "wawoff2";
import { expect, test } from "vitest";
import { fontFaces } from "./fonts.mjs";
import { glyphRange, rangesOf } from "./glyphs.mjs";
import { modules } from "./paths.mjs";

const subset = async (name) =>
  Buffer.from(
    await decompress(readFileSync(join(modules, `@fontsource/noto-sans/files/noto-sans-${name}-400-normal.woff2`))),
  );

/** Name, range and code points of each stack in a glyph range. */
function read(bytes) {
  const stacks = [];
  new PbfReader(bytes).readFields((tag, _, pbf) => {
    if (tag !== 1) return;
    const stack = { points: [] };
    pbf.readMessage((tag, stack, pbf) => {
      if (tag === 1) stack.name = pbf.readString();
      if (tag === 2) stack.range = pbf.readString();
      if (tag === 3) pbf.readMessage((tag, points, pbf) => tag === 1 && points.push(pbf.readVarint()), stack.points);
    }, stack);
    stacks.push(stack);
  });
  return stacks;
}

test("a range holds the Cyrillic and Kyrgyz letters of several subsets under one name", async () => {
  const fonts = [await subset("cyrillic"), await subset("cyrillic-ext")];
  const { file, bytes } = await glyphRange("Noto Sans Regular", fonts, 1024);
  expect(file).toBe("1024-1279.pbf");
  const [stack, ...others] = read(bytes);
  expect(others).toEqual([]);
  expect(stack).toMatchObject({ name: "Noto Sans Regular", range: "1024-1279" });
  for (const letter of "Якөңү") expect(stack.points, letter).toContain(letter.codePointAt(0));
});

test("rangesOf names only ranges that have glyphs", async () => {
  expect(await rangesOf([await subset("cyrillic")])).toEqual([0, 768, 1024, 8448]);
});

test("font-faces cover the alphabets of the interface in every cut", () => {
  const covers = (faces, point) =>
    faces.some((face) =>
      face["unicode-range"].some((range) => {
        const [from, to] = range
          .slice(2)
          .split("-")
          .map((hex) => parseInt(hex, 16));
        return point >= from && point <= (to ?? from);
      }),
    );
  for (const [name, faces] of Object.entries(fontFaces())) {
    for (const letter of "Az9№ЁяҢңӨөҮү«»–")
      expect(covers(faces, letter.codePointAt(0)), `${name} ${letter}`).toBe(true);
  }
});
