import { type DragEvent, type ReactNode, useState } from 'react';

/** A place to drop a client file, which is a button for whoever has no mouse. */
export function FileDrop({ onFile }: { readonly onFile: (file: File) => void }): ReactNode {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null): void => {
    const file = files?.[0];
    if (file !== undefined) onFile(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <label
      className={over ? 'drop drop-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span>Drop a client file here (YAML or JSON), or choose one:</span>
      <input
        type="file"
        accept=".yaml,.yml,.json"
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}
