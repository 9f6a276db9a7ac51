/** One field of a form as its schema wants it: a native control, so that every phone and reader knows it. */
import type { PortalFileView } from '@tenantry/contract';
import { type ReactNode, useId, useState } from 'react';
import { type FieldSchema, fieldKind, inputType, isSchema, labelOf } from './field-kind.ts';
import { useSpeech } from './session.tsx';
import { UploadField } from './upload-field.tsx';

export interface FieldProps {
  readonly name: string;
  readonly schema: FieldSchema;
  readonly required: boolean;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly fault: (path: string) => string | undefined;
  /** From the root of the form: `network.port`. */
  readonly path: string;
  readonly files: readonly PortalFileView[];
  readonly onFiles: () => Promise<void>;
  /** Of the task, for uploads. */
  readonly taskPath: string;
}

export function Field(props: FieldProps): ReactNode {
  const { name, schema, path } = props;
  const kind = fieldKind(schema);
  if (kind === 'group') return <Group {...props} />;
  if (kind === 'file') {
    const file = props.files.find(({ field }) => field === path);
    return <UploadField {...props} field={path} label={labelOf(name, schema)} file={file} fault={props.fault(path)} />;
  }
  return <Control {...props} />;
}

function Group({ name, schema, value, onChange, path, ...rest }: FieldProps): ReactNode {
  const members = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  const held = isSchema(value) ? value : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return (
    <fieldset>
      <legend>{labelOf(name, schema)}</legend>
      {members.map(([member, each]) => (
        <Field
          {...rest}
          key={member}
          name={member}
          schema={isSchema(each) ? each : {}}
          required={required.includes(member)}
          value={held[member]}
          path={`${path}.${member}`}
          onChange={(next) => onChange(withMember(held, member, next))}
        />
      ))}
    </fieldset>
  );
}

export const withMember = (
  held: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
): Readonly<Record<string, unknown>> => {
  if (value !== undefined) return { ...held, [name]: value };
  return Object.fromEntries(Object.entries(held).filter(([key]) => key !== name));
};

function Control({ name, schema, required, value, onChange, fault, path }: FieldProps): ReactNode {
  const { say } = useSpeech();
  const id = useId();
  const kind = fieldKind(schema);
  const problem = fault(path);
  const hint = hintOf(schema, kind, say);
  const described = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-fault`]
    .join(' ')
    .trim();
  const common = {
    id,
    'aria-invalid': problem !== undefined,
    'aria-describedby': described === '' ? undefined : described,
    'aria-required': required,
  };
  const label = (
    <>
      {labelOf(name, schema)}
      {required && <span className="required"> ({say('task.required')})</span>}
    </>
  );
  return (
    <div className="field">
      {kind === 'yes' ? (
        <label className="tick">
          <input {...common} type="checkbox" checked={value === true} onChange={(e) => onChange(e.target.checked)} />
          <span>{label}</span>
        </label>
      ) : (
        <>
          <label htmlFor={id}>{label}</label>
          {hint !== undefined && (
            <p className="hint" id={`${id}-hint`}>
              {hint}
            </p>
          )}
          <Input kind={kind} schema={schema} value={value} onChange={onChange} common={common} />
        </>
      )}
      {problem !== undefined && (
        <p className="fault" id={`${id}-fault`}>
          {named(problem, labelOf(name, schema))}
        </p>
      )}
    </div>
  );
}

/** The server names a field as programs know it; people know it by its label. */
const named = (problem: string, label: string): string => problem.replace(/`[^`]*`/, () => label);

function hintOf(schema: FieldSchema, kind: string, say: (key: 'task.secretHint' | 'task.linesHint') => string) {
  const about = typeof schema.description === 'string' ? schema.description : '';
  const more = kind === 'secret' ? say('task.secretHint') : kind === 'lines' ? say('task.linesHint') : '';
  const hint = `${about} ${more}`.trim();
  return hint === '' ? undefined : hint;
}

interface InputProps {
  readonly kind: ReturnType<typeof fieldKind>;
  readonly schema: FieldSchema;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly common: Readonly<Record<string, unknown>>;
}

function Input({ kind, schema, value, onChange, common }: InputProps): ReactNode {
  const { say } = useSpeech();
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const setText = (next: string): void => onChange(next === '' ? undefined : next);
  switch (kind) {
    case 'choice':
      return (
        <select {...common} value={text} onChange={(event) => setText(event.target.value)}>
          <option value="">{say('task.choose')}</option>
          {(schema.enum as readonly unknown[]).map((each) => (
            <option key={String(each)}>{String(each)}</option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          inputMode={schema.type === 'integer' ? 'numeric' : 'decimal'}
          value={text}
          onChange={(event) => onChange(numberIn(event.target.value))}
        />
      );
    case 'long':
      return <textarea {...common} rows={5} value={text} onChange={(event) => setText(event.target.value)} />;
    case 'lines':
      return <Lines common={common} value={value} onChange={onChange} />;
    case 'json':
      return <textarea {...common} rows={4} value={text} onChange={(event) => setText(event.target.value)} />;
    case 'secret':
      return (
        <input
          {...common}
          type="password"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      );
    default:
      return (
        <input
          {...common}
          type={kind === 'date' ? 'date' : inputType(schema)}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      );
  }
}

/** What is no number stays a text, so that the server says what is wrong with it and nothing typed is lost. */
function numberIn(text: string): number | string | undefined {
  const plain = text.trim().replace(',', '.');
  if (plain === '') return undefined;
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text;
}

function Lines({ common, value, onChange }: Omit<InputProps, 'kind' | 'schema'>): ReactNode {
  const outside = Array.isArray(value) ? value.join('\n') : '';
  const [typed, setTyped] = useState(outside);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
  const shown = lines(typed).join('\n') === outside ? typed : outside;
  return (
    <textarea
      {...common}
      rows={4}
      value={shown}
      onChange={(event) => {
        setTyped(event.target.value);
        const next = lines(event.target.value);
        onChange(next.length === 0 ? undefined : next);
      }}
    />
  );
}
