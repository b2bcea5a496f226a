import { locales, type Language } from "./language";

export type MessageParameters = Readonly<Record<string, string | number>>;

/**
 * Fills in a message of the catalogues.
 *
 * The syntax is the part of ICU MessageFormat that the catalogues use:
 * `{name}`, and `{name, plural, one {# file} other {# files}}`, where `#` is
 * the number as the language writes it and `=0` may stand for a category.
 *
 * @throws {Error} if the message is malformed or a parameter is missing
 */
export function formatMessage(message: string, language: Language, parameters: MessageParameters = {}): string {
  return new Formatter(message, language, parameters).format();
}

const PLACEHOLDER = /\{\s*(\w+)\s*(?:,\s*(plural)\s*,)?/y;
const CASE = /\s*(=\d+|\w+)\s*\{/y;

class Formatter {
  #at = 0;

  constructor(
    private readonly message: string,
    private readonly language: Language,
    private readonly parameters: MessageParameters,
  ) {}

  format(): string {
    const text = this.#text(undefined);
    if (this.#at < this.message.length) throw this.#malformed();
    return text;
  }

  /** Text up to a closing brace, which is left in place, or the end. */
  #text(count: number | undefined): string {
    let text = "";
    while (this.#at < this.message.length) {
      const char = this.message[this.#at];
      if (char === "}") break;
      if (char === "{") {
        text += this.#placeholder();
        continue;
      }
      text += char === "#" && count !== undefined ? this.#number(count) : (char ?? "");
      this.#at++;
    }
    return text;
  }

  #placeholder(): string {
    const [, name, plural] = this.#match(PLACEHOLDER);
    const value = this.parameters[name ?? ""];
    if (value === undefined) throw new Error(`message ${JSON.stringify(this.message)} lacks its parameter ${name}`);
    const text = plural ? this.#plural(Number(value)) : typeof value === "number" ? this.#number(value) : value;
    this.#close();
    return text;
  }

  #plural(count: number): string {
    const texts = new Map<string, string>();
    while (this.#peek(CASE)) {
      const [, category] = this.#match(CASE);
      texts.set(category ?? "", this.#text(count));
      this.#close();
    }
    const category = new Intl.PluralRules(this.language).select(count);
    const text = texts.get(`=${count}`) ?? texts.get(category) ?? texts.get("other");
    if (text === undefined) throw this.#malformed();
    return text;
  }

  #number(value: number): string {
    return new Intl.NumberFormat(locales(this.language)).format(value);
  }

  #close(): void {
    this.#match(/\s*\}/y);
  }

  #peek(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.message);
  }

  #match(pattern: RegExp): RegExpExecArray {
    const match = this.#peek(pattern);
    if (!match) throw this.#malformed();
    this.#at += match[0].length;
    return match;
  }

  #malformed(): Error {
    return new Error(`message ${JSON.stringify(this.message)} is malformed at character ${this.#at}`);
  }
}
