/** Why a request gave nothing, sorted by what the person can do about it. */
export type FailureKind =
  | "offline" // the server was not reached: check the connection, retry
  | "busy" // the server is overloaded or starting: retry later
  | "broken" // the server failed or answered nonsense: retry, then tell somebody
  | "refused"; // the request is wrong or forbidden: detail says why

/** A request that failed. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly kind: FailureKind,
    /** A sentence from the server, in the language of the request, or "". */
    readonly detail = "",
    options?: ErrorOptions,
  ) {
    super(detail || kind, options);
  }
}

/** What an answer that is not 2xx means; its body may be a problem document (RFC 9457). */
export async function failureOf(response: Response): Promise<Failure> {
  return new Failure(kindOfStatus(response.status), await detailOf(response));
}

function kindOfStatus(status: number): FailureKind {
  if (status === 429 || status === 503 || status === 504) return "busy";
  return status >= 500 ? "broken" : "refused";
}

async function detailOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return "";
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    return problem.detail ?? problem.title ?? "";
  } catch {
    return "";
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
