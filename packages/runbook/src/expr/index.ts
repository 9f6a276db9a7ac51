export {
  type Compiled,
  checkType,
  compile,
  type ExpectedType,
  evaluate,
  evaluateGate,
  evaluatePartial,
  extendTypeScope,
  type PartialResult,
  references,
  resultSchema,
  type TypeFault,
  type TypeScope,
  typeScope,
} from './cel.ts';
export { type Scope, valueAt } from './context.ts';
export { fillDocument } from './document-text.ts';
export {
  type Duration,
  type DurationRange,
  type DurationUnit,
  formatDuration,
  parseDuration,
  parseOffset,
  parseRange,
  roughSeconds,
} from './duration.ts';
export { ExpressionError } from './expression-error.ts';
export { timestampSchema } from './json-types.ts';
export {
  findUnknown,
  isSecretReference,
  isSecretTemplate,
  isUnknown,
  KNOWN_AFTER_APPLY,
  reservedKeysIn,
  type SecretReference,
  type SecretTemplate,
  type UnknownValue,
  unknownValue,
} from './markers.ts';
export type { Reference } from './references.ts';
export {
  isTemplate,
  parseTemplate,
  renderPartial,
  renderTemplate,
  type TemplatePart,
  type TemplateReference,
  templateReferences,
  textsIn,
} from './template.ts';
export { parseTime, type TimeExpression, type TimeOffset, type TimePath, timeReferences } from './time.ts';
