/**
 * Makes the browser print on pages of this size, in millimetres, without margins.
 *
 * @returns what undoes it
 */
export function printOn({ width, height }: { width: number; height: number }): () => void {
  const page = new CSSStyleSheet();
  page.replaceSync(`@page { size: ${width}mm ${height}mm; margin: 0; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== page);
  };
}
