/** A form made from a JSON Schema: what a task asks for, what a runbook's intake asks for. */
import {
  Button,
  Checkbox,
  Fieldset,
  FileInput,
  Group,
  JsonInput,
  NativeSelect,
  NumberInput,
  PasswordInput,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type ReactNode, useState } from 'react';
import {
  aboutOf,
  inputType,
  kindOf,
  labelOf,
  type Path,
  pathText,
  propertiesOf,
  requiredOf,
  resolve,
  type Schema,
  valueAt,
  withValue,
} from './schema.ts';

export interface SchemaFormProps {
  /** Of an object. */
  readonly schema: Schema;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  /** By the place they name. */
  readonly faults: Readonly<Record<string, string>>;
}

export const SchemaForm = (props: SchemaFormProps): ReactNode => (
  <Stack gap="md">
    <Members {...props} path={[]} at={props.schema} />
  </Stack>
);

interface At extends SchemaFormProps {
  readonly path: Path;
  /** The schema at the path, references followed. */
  readonly at: Schema;
}

const Members = ({ at, path, ...props }: At): ReactNode => {
  const required = requiredOf(at);
  return propertiesOf(at).map(([name, written]) => (
    <Field
      key={name}
      {...props}
      name={name}
      path={[...path, name]}
      at={resolve(written, props.schema)}
      required={required.has(name)}
    />
  ));
};

interface FieldProps extends At {
  readonly name: string;
  readonly required: boolean;
}

function Field(props: FieldProps): ReactNode {
  const { at, name, path, value, onChange, faults, required } = props;
  const held = valueAt(value, path);
  const set = (to: unknown): void => onChange(withValue(value, path, to) ?? {});
  const setText = (text: string): void => set(text === '' ? undefined : text);
  const common = {
    label: labelOf(name, at),
    description: aboutOf(at),
    error: faults[pathText(path)],
    withAsterisk: required,
  };
  switch (kindOf(at)) {
    case 'group':
      return (
        <Fieldset legend={common.label}>
          <Stack gap="sm">
            <Members {...props} />
          </Stack>
        </Fieldset>
      );
    case 'list':
      return <List {...props} />;
    case 'boolean':
      return (
        <Checkbox
          label={common.label}
          description={common.description}
          error={common.error}
          checked={held === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof held === 'number' ? held : ''}
          onChange={(next) => set(typeof next === 'number' ? next : undefined)}
          allowDecimal={at.type !== 'integer'}
        />
      );
    case 'choice':
      return (
        <NativeSelect
          {...common}
          value={typeof held === 'string' ? held : ''}
          onChange={(event) => setText(event.currentTarget.value)}
          data={[{ value: '', label: 'Choose' }, ...(at.enum as readonly unknown[]).map(String)]}
        />
      );
    case 'secret':
      return (
        <PasswordInput
          {...common}
          autoComplete="off"
          value={textOf(held)}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      );
    case 'file':
      return <FileField {...common} onFile={set} held={held} />;
    case 'lines':
      return <Lines {...common} held={held} onLines={set} />;
    case 'json':
      return <Json {...common} held={held} onJson={set} />;
    case 'long':
      return (
        <Textarea
          {...common}
          autosize
          minRows={3}
          value={textOf(held)}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      );
    case 'date':
      return (
        <TextInput
          {...common}
          type="date"
          value={textOf(held)}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      );
    case 'text':
      return (
        <TextInput
          {...common}
          type={inputType(at)}
          value={textOf(held)}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      );
  }
}

const textOf = (held: unknown): string => (typeof held === 'string' || typeof held === 'number' ? String(held) : '');

function List(props: FieldProps): ReactNode {
  const { at, name, path, value, onChange, faults } = props;
  const held = valueAt(value, path);
  const items: readonly unknown[] = Array.isArray(held) ? held : [];
  const label = labelOf(name, at);
  return (
    <Fieldset legend={label}>
      <Stack gap="sm">
        {faults[pathText(path)] !== undefined && <p className="field-fault">{faults[pathText(path)]}</p>}
        {items.map((_item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item has no name but its place
          <Fieldset key={index} legend={`${label} ${index + 1}`}>
            <Stack gap="sm">
              <Members {...props} path={[...path, index]} at={resolve(at.items, props.schema)} />
              <Group justify="flex-end">
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => onChange(withValue(value, [...path, index], undefined) ?? {})}
                >
                  Remove {label} {index + 1}
                </Button>
              </Group>
            </Stack>
          </Fieldset>
        ))}
        <Group>
          <Button variant="default" size="xs" onClick={() => onChange(withValue(value, [...path, items.length], {}))}>
            Add to {label}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

interface Labelled {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | undefined;
  readonly withAsterisk: boolean;
}

/** The lines as they are typed, blank ones too, so that the cursor stays where it is. */
function Lines({
  held,
  onLines,
  ...common
}: Labelled & { readonly held: unknown; readonly onLines: (lines: unknown) => void }): ReactNode {
  const outside = Array.isArray(held) ? held.map(String) : [];
  const [text, setText] = useState(outside.join('\n'));
  const shown = linesIn(text).join('\n') === outside.join('\n') ? text : outside.join('\n');
  return (
    <Textarea
      {...common}
      description={[common.description, 'One on each line.'].filter(Boolean).join(' ')}
      autosize
      minRows={2}
      value={shown}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const lines = linesIn(event.currentTarget.value);
        onLines(lines.length === 0 ? undefined : lines);
      }}
    />
  );
}

const linesIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function Json({
  held,
  onJson,
  ...common
}: Labelled & { readonly held: unknown; readonly onJson: (value: unknown) => void }): ReactNode {
  const [text, setText] = useState<string | undefined>(undefined);
  return (
    <JsonInput
      {...common}
      description={[common.description, 'As JSON.'].filter(Boolean).join(' ')}
      autosize
      minRows={2}
      value={text ?? (held === undefined ? '' : JSON.stringify(held, undefined, 2))}
      onChange={(next) => {
        setText(next);
        const read = parse(next);
        if (read !== undefined || next.trim() === '') onJson(read);
      }}
      onBlur={() => setText(undefined)}
    />
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Its content travels with the form; the server keeps it by its hash. */
function FileField({
  held,
  onFile,
  ...common
}: Labelled & { readonly held: unknown; readonly onFile: (file: unknown) => void }): ReactNode {
  const [file, setFile] = useState<File | null>(null);
  const pick = async (next: File | null): Promise<void> => {
    setFile(next);
    onFile(next === null ? undefined : await readFile(next));
  };
  return (
    <FileInput {...common} value={held === undefined ? null : file} onChange={(next) => void pick(next)} clearable />
  );
}

export interface ReadFile {
  readonly name: string;
  readonly media_type: string;
  readonly content_base64: string;
}

export async function readFile(file: File): Promise<ReadFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, media_type: file.type || 'application/octet-stream', content_base64: btoa(binary) };
}
