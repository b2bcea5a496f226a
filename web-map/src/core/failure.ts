/** Why a request gave nothing, sorted by what the person can do about it. */
export type FailureKind =
  | "offline" // the server was not reached: check the connection, retry
  | "busy" // the server is overloaded or starting: retry later
  | "broken" // the server failed or answered nonsense: retry, then tell somebody
  | "refused"; // the request is wrong or forbidden: detail says why

/** A request that failed. */
export class Failure extends Error {
  override readonly name = "Failure";

  /** HTTP status of the answer; 0 if there was none. */
  readonly status: number;
  /** What of the request is at fault, or "". */
  readonly field: string;
  /** Seconds after which the server wants to be asked again; 0 if it did not say. */
  readonly retryAfter: number;

  constructor(
    readonly kind: FailureKind,
    /** A sentence from the server, in the language of the request, or "". */
    readonly detail = "",
    options?: FailureOptions,
  ) {
    super(detail || kind, options);
    this.status = options?.status ?? 0;
    this.field = options?.field ?? "";
    this.retryAfter = options?.retryAfter ?? 0;
  }
}

export interface FailureOptions extends ErrorOptions {
  status?: number;
  field?: string;
  retryAfter?: number;
}

/** What an answer that is not 2xx means; its body may be a problem document (RFC 9457). */
export async function failureOf(response: Response): Promise<Failure> {
  const { status, headers } = response;
  const { detail, title, field } = await problemOf(response);
  const retryAfter = Number(headers.get("retry-after")) || 0;
  return new Failure(kindOfStatus(status), detail ?? title ?? "", { status, field: field ?? "", retryAfter });
}

function kindOfStatus(status: number): FailureKind {
  if (status === 429 || status === 503 || status === 504) return "busy";
  return status >= 500 ? "broken" : "refused";
}

interface Problem {
  title?: string;
  detail?: string;
  field?: string;
}

async function problemOf(response: Response): Promise<Problem> {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return {};
  try {
    return Object(await response.json()) as Problem;
  } catch {
    return {};
  }
}

/** An error as a Failure; one of another kind is a mistake of ours or nonsense of the server's. */
export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure("broken", "", { cause: error });
}

/** Whether an error only says that the answer is no longer wanted. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
