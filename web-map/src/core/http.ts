import { Failure, failureOf, isAbort } from "./failure";

export type Query = Readonly<Record<string, string | number>>;

/** What a request says besides its address. */
export interface Request {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  accept?: string;
  signal?: AbortSignal | undefined;
}

/** Carries requests to the server. Every method fails with a Failure, or AbortError after a signal. */
export class Http {
  /** Proves to the server that a request which changes something comes from this page; "" for the public. */
  csrf = "";

  constructor(private readonly fetch: typeof globalThis.fetch = globalThis.fetch.bind(globalThis)) {}

  /** Sends a request and reads the JSON that answers it. */
  async json<T>(path: string, request: Request = {}): Promise<T> {
    const response = await this.send(path, request);
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new Failure("broken", "", { cause: error });
    }
  }

  /** Sends a request and returns its answer, which is 2xx. */
  async send(path: string, request: Request = {}): Promise<Response> {
    const response = await this.#fetch(addressed(path, request.query), this.#init(request));
    if (!response.ok) throw await failureOf(response);
    return response;
  }

  #init({ method = "GET", body, accept = "application/json", signal }: Request): RequestInit {
    const headers: Record<string, string> = { accept };
    if (method !== "GET") headers["x-csrf-token"] = this.csrf;
    if (body !== undefined) headers["content-type"] = "application/json";
    return { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...(signal && { signal }) };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetch(url, init);
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new Failure("offline", "", { cause: error });
    }
  }
}

function addressed(path: string, query: Query = {}): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return search ? `${path}?${search}` : path;
}
