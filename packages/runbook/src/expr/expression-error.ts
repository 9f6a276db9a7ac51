import { TenantryError } from '@tenantry/contract';

/**
 * An expression, template, duration or time that cannot be read or evaluated.
 * `offset` and `end` count characters of the expression (or of the text that holds it), from 0.
 */
export class ExpressionError extends TenantryError {
  readonly offset: number;
  readonly end: number;

  constructor(message: string, offset = 0, options: { end?: number; next?: string; cause?: unknown } = {}) {
    super('runbook.expression_invalid', message, {
      ...(options.next === undefined ? {} : { next: options.next }),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.name = 'ExpressionError';
    this.offset = offset;
    this.end = options.end ?? offset;
  }

  /** The same fault, seen from a text in which the expression starts at `by`. */
  shifted(by: number): ExpressionError {
    return new ExpressionError(this.message, this.offset + by, {
      end: this.end + by,
      ...(this.next === undefined ? {} : { next: this.next }),
      cause: this,
    });
  }
}
