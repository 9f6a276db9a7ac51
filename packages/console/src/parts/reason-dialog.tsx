import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ApiFault } from '../api/api-fault.ts';
import { FaultAlert } from './states.tsx';
import { useDraft } from './use-draft.ts';

export interface ReasonDialogProps {
  /** What the draft of the reason is kept under. */
  readonly name: string;
  readonly label: string;
  readonly title: string;
  readonly about: ReactNode;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly pending: boolean;
  readonly fault: ApiFault | null;
  /** More to fill in, above the reason. */
  readonly children?: ReactNode;
  /** What is asked for in place of a reason, such as how something was resolved. */
  readonly asks?: { readonly label: string; readonly about: string };
  /** What is filled in above is not complete yet. */
  readonly incomplete?: boolean;
  readonly size?: 'md' | 'lg' | 'xl';
  readonly onOpen?: () => void;
  /** Answers when the server has accepted. */
  readonly onConfirm: (reason: string) => Promise<unknown>;
}

const REASON_MIN = 3;
const REASON = { label: 'Reason', about: 'Stays in the audit log and the evidence pack, with your name.' };

/** A button that asks why before it acts. The dialog stays open, with what was typed, when the act is refused. */
export function ReasonDialog(props: ReasonDialogProps): ReactNode {
  const [opened, setOpened] = useState(false);
  const draft = useDraft(`reason.${props.name}`, '');
  const asks = props.asks ?? REASON;
  const submit = async (): Promise<void> => {
    await props.onConfirm(draft.value.trim());
    draft.clear();
    setOpened(false);
  };
  return (
    <>
      <Button
        variant="default"
        size="xs"
        className={props.danger === true ? 'danger' : ''}
        disabled={props.disabled === true}
        onClick={() => {
          props.onOpen?.();
          setOpened(true);
        }}
      >
        {props.label}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={props.title} size={props.size ?? 'md'}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            // A refusal is shown by `fault`.
            void submit().catch(() => undefined);
          }}
        >
          <Stack>
            <Text size="sm" component="div">
              {props.about}
            </Text>
            {props.children}
            <Textarea
              label={asks.label}
              description={asks.about}
              value={draft.value}
              onChange={(event) => draft.set(event.currentTarget.value)}
              required
              minLength={REASON_MIN}
              autosize
              minRows={2}
              data-autofocus
            />
            {props.fault !== null && <FaultAlert fault={props.fault} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpened(false)}>
                Not now
              </Button>
              <Button
                type="submit"
                loading={props.pending}
                disabled={draft.value.trim().length < REASON_MIN || props.incomplete === true}
              >
                {props.label.replace('…', '')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
