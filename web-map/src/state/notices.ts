import { Failure, type FailureKind } from "../core/failure";
import type { MessageParameters } from "../core/message";
import { Store, type Readable } from "../core/store";
import type { MessageKey } from "../messages";

/** Something to tell the person beside the map. */
export interface Notice {
  /** A later notice of the same id replaces the earlier. */
  id: string;
  kind: "error" | "info";
  text: MessageKey;
  parameters?: MessageParameters;
  /** A sentence from the server, already in the person's language. */
  detail?: string;
  retry?: () => void;
  /** What else the person can do about it. */
  action?: { text: MessageKey; run: () => void };
}

/** How long an information stays; errors stay until they are put away. */
const INFO_MILLISECONDS = 6000;

const FAILURE_TEXTS: Record<FailureKind, MessageKey> = {
  offline: "failure.offline",
  busy: "failure.busy",
  broken: "failure.broken",
  refused: "failure.refused",
};

export function failureText(failure: Failure): MessageKey {
  return FAILURE_TEXTS[failure.kind];
}

/** The notices on show, oldest first. */
export class Notices {
  readonly #all = new Store<readonly Notice[]>([]);

  get all(): Readable<readonly Notice[]> {
    return this.#all;
  }

  show(notice: Notice): void {
    this.#all.update((all) => [...all.filter(({ id }) => id !== notice.id), notice]);
    if (notice.kind === "info") setTimeout(() => this.#remove(notice), INFO_MILLISECONDS);
  }

  /** Tells of a request that failed, with a way to try it again. */
  showFailure(id: string, error: unknown, retry?: () => void): void {
    const failure = error instanceof Failure ? error : new Failure("broken", "", { cause: error });
    this.show({ id, kind: "error", text: failureText(failure), detail: failure.detail, ...(retry && { retry }) });
  }

  dismiss(id: string): void {
    this.#all.update((all) => all.filter((notice) => notice.id !== id));
  }

  #remove(notice: Notice): void {
    this.#all.update((all) => all.filter((other) => other !== notice));
  }
}
