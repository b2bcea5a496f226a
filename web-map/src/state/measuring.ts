import type { LonLat } from "../core/coordinates";
import { Store } from "../core/store";

/** A way or a ring that a person draws to measure it. */
export interface Measurement {
  kind: "distance" | "area";
  points: readonly LonLat[];
  /** Whether no more points follow. */
  finished: boolean;
}

/** Points nearer than this, in degrees, are one: the second click of a double click. */
const SAME = 1e-7;

/** What is being measured on the map, if anything. */
export class Measuring {
  readonly measurement = new Store<Measurement | null>(null);

  /** Begins, or measures the same points as something else. */
  start(kind: Measurement["kind"]): void {
    this.measurement.update((present) => ({ kind, points: present?.points ?? [], finished: false }));
  }

  /** A point after the others; the first of a new drawing if that before is finished. */
  add(point: LonLat): void {
    this.#change(({ kind, points, finished }) => {
      const before = finished ? [] : points;
      const last = before.at(-1);
      const same = last && Math.abs(last.lon - point.lon) < SAME && Math.abs(last.lat - point.lat) < SAME;
      return { kind, points: same ? before : [...before, point], finished: false };
    });
  }

  undo(): void {
    this.#change((present) => ({ ...present, points: present.points.slice(0, -1), finished: false }));
  }

  clear(): void {
    this.#change((present) => ({ ...present, points: [], finished: false }));
  }

  finish(): void {
    this.#change((present) => ({ ...present, finished: present.points.length > 1 }));
  }

  stop(): void {
    this.measurement.set(null);
  }

  #change(change: (present: Measurement) => Measurement): void {
    this.measurement.update((present) => present && change(present));
  }
}
