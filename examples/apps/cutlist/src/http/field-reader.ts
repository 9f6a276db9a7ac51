import { type Fault, Refusal } from '../refusal.ts';

interface TextRule {
  readonly min?: number;
  readonly max: number;
}

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/**
 * Reads a JSON object field by field and collects every fault, so that one answer names them all. Nothing is coerced,
 * and a field nobody asked for is a fault too: a misspelt one would otherwise be ignored.
 */
export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #faults: Fault[];
  readonly #asked = new Set<string>();

  constructor(value: unknown, path = '', faults: Fault[] = []) {
    this.#path = path;
    this.#faults = faults;
    this.#fields = isRecord(value) ? value : {};
    if (!isRecord(value)) this.#fault('', 'Expected an object.');
  }

  /** Trimmed. */
  text(name: string, rule: TextRule): string {
    const value = this.#take(name);
    if (typeof value !== 'string') return this.#fault(name, 'Expected text.') ?? '';
    const text = value.trim();
    if (text.length < (rule.min ?? 0)) this.#fault(name, rule.min === 1 ? 'Fill this in.' : `At least ${rule.min}.`);
    if (text.length > rule.max) this.#fault(name, `At most ${rule.max} characters.`);
    // PostgreSQL cannot store it in a text column.
    if (text.includes('\0')) this.#fault(name, 'Contains a character that cannot be kept.');
    return text;
  }

  /** As it stands: a space is part of a password. */
  secret(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value === '') return this.#fault(name, 'Fill this in.') ?? '';
    if (value.length > 1_024) this.#fault(name, 'At most 1024 characters.');
    return value;
  }

  number(name: string, rule: NumberRule): number {
    const value = this.#take(name);
    const kind = rule.integer === true ? 'a whole number' : 'a number';
    if (typeof value !== 'number' || !(value >= rule.min && value <= rule.max) || !isWhole(value, rule)) {
      this.#fault(name, `Expected ${kind} from ${rule.min} to ${rule.max}.`);
      return rule.min;
    }
    return value;
  }

  /** False unless given. */
  flag(name: string): boolean {
    const value = this.#take(name) ?? false;
    if (typeof value !== 'boolean') this.#fault(name, 'Expected true or false.');
    return value === true;
  }

  oneOf<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const value = this.#take(name);
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) this.#fault(name, `Expected one of: ${values.join(', ')}.`);
    return known ?? values[0];
  }

  list<T>(name: string, max: number, read: (item: FieldReader) => T): T[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) {
      this.#fault(name, 'Expected a list.');
      return [];
    }
    if (value.length > max) {
      this.#fault(name, `At most ${max} lines.`);
      return [];
    }
    return value.map((item, index) => {
      const reader = new FieldReader(item, `${this.#at(name)}[${index}].`, this.#faults);
      const result = read(reader);
      reader.#refuseUnknown();
      return result;
    });
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** A rule over several fields. */
  require(holds: boolean, name: string, message: string): void {
    if (!holds) this.#fault(name, message);
  }

  /** Throws the refusal that names every fault found so far. */
  finish(message: string): void {
    this.#refuseUnknown();
    if (this.#faults.length > 0) throw new Refusal('invalid', message, { faults: this.#faults });
  }

  #refuseUnknown(): void {
    for (const name of Object.keys(this.#fields)) if (!this.#asked.has(name)) this.#fault(name, 'Unknown field.');
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#fields[name];
  }

  #at(name: string): string {
    return `${this.#path}${name}`;
  }

  #fault(name: string, message: string): undefined {
    this.#faults.push({ path: this.#at(name), message });
    return undefined;
  }
}

const isWhole = (value: number, rule: NumberRule): boolean => rule.integer !== true || Number.isInteger(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
