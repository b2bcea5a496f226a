import { createContext } from "svelte";
import type { Readable } from "../core/store";
import type { Words } from "../messages";
import type { Session } from "../state/session";

/** What every component may use. */
export interface Environment {
  session: Session;
  words: Readable<Words>;
  /** Whether the page is narrow as on a phone. */
  narrow: Readable<boolean>;
}

export const [environment, setEnvironment] = createContext<Environment>();
