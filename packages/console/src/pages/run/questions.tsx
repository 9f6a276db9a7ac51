/** What the client asks in their portal, answered here; whoever asked is told by mail. */
import { Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useAct, useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { Section } from '../../parts/page.tsx';
import { FaultAlert } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { useDraft } from '../../parts/use-draft.ts';
import type { Run } from './use-run.ts';

type Question = AnswerOf<'GET /api/v1/runs/{run}/questions'>['items'][number];

/** Without a stream, such as that of a run that has ended. */
const LOOK_EVERY_MS = 15_000;

export function Questions({ run, live }: { readonly run: Run; readonly live: boolean }): ReactNode {
  const hasClient = run.tenant_slug !== null;
  const questions = useApi(
    'GET /api/v1/runs/{run}/questions',
    { path: { run: run.id } },
    { enabled: hasClient, ...(live ? {} : { everyMs: LOOK_EVERY_MS }) },
  );
  // A run that was started for nobody in particular has no portal, and the server says so.
  if (questions.error !== null && questions.error.status >= 400 && questions.error.status < 500) return null;
  const items = questions.data?.items ?? [];
  if (items.length === 0) return null;
  const open = items.filter((each) => each.waits_for === 'vendor');
  const rest = items.filter((each) => each.waits_for !== 'vendor');
  return (
    <Section title="Questions of the client" {...(open.length > 0 ? { count: open.length } : {})}>
      <Stack gap="md">
        {open.map((question) => (
          <Thread key={question.id} run={run.id} question={question} />
        ))}
        {rest.length > 0 && (
          <details>
            <summary>{rest.length === 1 ? 'One that is answered' : `${rest.length} that are answered`}</summary>
            <Stack gap="md" mt="sm">
              {rest.map((question) => (
                <Thread key={question.id} run={run.id} question={question} />
              ))}
            </Stack>
          </details>
        )}
      </Stack>
    </Section>
  );
}

const TURN: Readonly<Record<Question['waits_for'], readonly [string, string]>> = {
  vendor: ['waiting', 'waits for our answer'],
  client: ['passed', 'answered'],
  nobody: ['skipped', 'settled'],
};

function Thread({ run, question }: { readonly run: string; readonly question: Question }): ReactNode {
  const me = useMe();
  const title = useId();
  const [status, text] = TURN[question.waits_for];
  return (
    <section className="thread" aria-labelledby={title}>
      <Group gap="xs" id={title}>
        <Status of={status}>{text}</Status>
        {question.about !== null && (
          <Text size="sm" component="span">
            about “{question.about}”
          </Text>
        )}
      </Group>
      <ol>
        {question.messages.map((message) => (
          <li key={message.id} className={message.party}>
            <Text size="sm" className="quiet">
              {message.author}, <Time at={message.at} ago />
            </Text>
            <Text className="written">{message.text}</Text>
          </li>
        ))}
      </ol>
      {may(me, 'runs:write') && <AnswerForm run={run} question={question} />}
    </section>
  );
}

interface Typed {
  readonly text: string;
  readonly close: boolean;
}

const NOTHING: Typed = { text: '', close: false };

/** What was typed on sight of other words than there are now stays, and says so. */
function AnswerForm({ run, question }: { readonly run: string; readonly question: Question }): ReactNode {
  const seen = question.messages.at(-1)?.id ?? '';
  const draft = useDraft<Typed>(`answer.${question.id}`, NOTHING, seen);
  const act = useAct('POST /api/v1/runs/{run}/questions/{question}/answer', {
    refresh: ['GET /api/v1/runs/{run}/questions'],
  });
  const { text, close } = draft.value;
  const send = (): void =>
    act.mutate(
      { path: { run, question: question.id }, body: { text: text.trim(), close } },
      { onSuccess: () => draft.clear() },
    );
  return (
    <Stack gap="xs">
      {draft.isStale && (
        <Text size="sm" role="status">
          Something was said meanwhile. Read it before you send what you typed.
        </Text>
      )}
      <Textarea
        label={question.waits_for === 'vendor' ? 'Answer' : 'Say more'}
        value={text}
        onChange={(event) => draft.set({ text: event.currentTarget.value, close })}
        autosize
        minRows={2}
        maxLength={4_000}
      />
      <Group gap="md">
        <Button size="xs" loading={act.isPending} disabled={text.trim() === ''} onClick={send}>
          Send
        </Button>
        <Checkbox
          label="This settles it"
          checked={close}
          onChange={(event) => draft.set({ text, close: event.currentTarget.checked })}
        />
      </Group>
      {act.error !== null && <FaultAlert fault={act.error} title="It was not sent" />}
    </Stack>
  );
}
