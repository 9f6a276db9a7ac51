import type { PortalFileView } from '@tenantry/contract';
import { type ReactNode, useId, useState } from 'react';
import { isFault, remove, upload } from '../api.ts';
import { faultWords } from './common.tsx';
import { useSpeech } from './session.tsx';

export interface UploadFieldProps {
  readonly taskPath: string;
  /** Empty: the file the task asks for as evidence. */
  readonly field: string;
  readonly label: string;
  readonly required: boolean;
  readonly file: PortalFileView | undefined;
  readonly fault: string | undefined;
  readonly onFiles: () => Promise<void>;
}

/** A file is sent as soon as it is chosen, and waits on the server for the rest of the form. */
export function UploadField({ taskPath, field, label, required, file, fault, onFiles }: UploadFieldProps): ReactNode {
  const speech = useSpeech();
  const { say, size } = speech;
  const id = useId();
  const [sending, setSending] = useState<string | undefined>();
  const [refusal, setRefusal] = useState<string | undefined>();

  const send = async (chosen: File): Promise<void> => {
    setSending(chosen.name);
    setRefusal(undefined);
    try {
      await upload(`${taskPath}/files`, field, chosen);
      await onFiles();
    } catch (error) {
      if (!isFault(error)) throw error;
      setRefusal(faultWords(error, speech));
    } finally {
      setSending(undefined);
    }
  };

  const problem = refusal ?? fault;
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {required && <span className="required"> ({say('task.required')})</span>}
      </label>
      <p className="hint" id={`${id}-hint`}>
        {say('file.hint')}
      </p>
      {file !== undefined && (
        <p className="kept">
          <span>{say('file.kept', { name: file.name, size: size(file.size) })}</span>
          <button
            type="button"
            className="plain"
            onClick={async () => {
              await remove(`${taskPath}/files/${file.id}`).catch(() => undefined);
              await onFiles();
            }}
          >
            {say('file.remove', { name: file.name })}
          </button>
        </p>
      )}
      <input
        id={id}
        type="file"
        aria-describedby={problem === undefined ? `${id}-hint` : `${id}-hint ${id}-fault`}
        aria-invalid={problem !== undefined}
        disabled={sending !== undefined}
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          event.target.value = '';
          if (chosen !== undefined) void send(chosen);
        }}
      />
      <p className="quiet" role="status">
        {sending === undefined ? '' : say('file.sending', { name: sending })}
      </p>
      {problem !== undefined && (
        <p className="fault" id={`${id}-fault`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
