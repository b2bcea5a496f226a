/** Moves the focus to the map, where the arrow keys then work. */
export function focusMap(): void {
  document.querySelector<HTMLElement>("#map canvas")?.focus();
}

/** Moves the focus to the button that opens the layers. */
export function focusLayersButton(): void {
  document.querySelector<HTMLElement>("#layers-button")?.focus();
}

/** Moves the focus to the search. */
export function focusSearch(): void {
  document.querySelector<HTMLElement>("#search")?.focus();
}
