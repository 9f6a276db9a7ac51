/** The certificate of a deletion: as plain about what is not gone as about what is. */
import { Button, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { saveText } from '../../parts/save-file.ts';
import { Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Value } from '../../parts/value.tsx';
import { RemainingTable } from './backups.tsx';
import { numberText } from './limits.ts';

type Members = Readonly<Record<string, unknown>>;

/** The server's own document: what this page does not know of it is in the file all the same. */
const recordOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});
const listOf = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.map(recordOf) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function CertificateView({
  certificate,
  slug,
}: {
  readonly certificate: Members;
  readonly slug: string;
}): ReactNode {
  const [deleted, left, story] = [
    recordOf(certificate.deleted),
    recordOf(certificate.left),
    recordOf(certificate.offboarding),
  ];
  const plain = Array.isArray(certificate.said_plainly) ? certificate.said_plainly.map(String) : [];
  const rows = [
    ...Object.entries(recordOf(deleted.control_plane)).map(([table, count]) => ({
      database: 'control plane',
      table,
      count: Number(count),
    })),
    ...Object.entries(recordOf(deleted.product)).flatMap(([database, tables]) =>
      listOf(tables).map((each) => ({ database, table: textOf(each.table), count: Number(each.deleted) })),
    ),
  ];
  const remains = listOf(left.control_plane).filter(({ rows: count }) => Number(count) > 0);
  const backups = listOf(certificate.backups_that_still_hold_rows);
  return (
    <Section
      title="Certificate of the deletion"
      actions={
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            saveText(
              `${slug}-erasure-certificate.json`,
              'application/json',
              `${JSON.stringify(certificate, undefined, 2)}\n`,
            )
          }
        >
          Download
        </Button>
      }
    >
      <div className="certificate">
        <Facts
          of={[
            ['Deleted', <Time key="d" at={textOf(story.deleted_at)} />],
            ['Access ended', <Time key="a" at={textOf(story.access_ended_at) || null} />],
            [
              'On whose word',
              [textOf(story.authority), textOf(story.second_authority)].filter(Boolean).join(', with '),
            ],
            ['Final backup', backupText(recordOf(certificate.final_backup))],
            [
              'Rows left in the control plane',
              remains.length === 0 ? (
                <Status key="l" of="ok">
                  none
                </Status>
              ) : (
                <Status key="l" of="failed">
                  {remains.length} tables
                </Status>
              ),
            ],
            ['Hash (SHA-256)', <code key="h">{textOf(certificate.sha256)}</code>],
          ]}
        />
        <Part title="What is gone">
          <DataTable
            label="Rows deleted"
            minWidth={240}
            rows={rows}
            keyOf={({ database, table }) => `${database} ${table}`}
            columns={[
              { title: 'Database', cell: ({ database }) => database },
              { title: 'Table', cell: ({ table }) => words(table) },
              { title: 'Rows', isNumber: true, cell: ({ count }) => numberText(count) },
            ]}
          />
          <details>
            <summary>Secrets</summary>
            <Value of={deleted.secrets} label="Secrets" />
          </details>
        </Part>
        <Part title="Backups that still hold rows, and until when">
          {backups.length === 0 ? (
            <Text size="sm">None.</Text>
          ) : (
            <RemainingTable
              rows={backups.map(({ of, stamp, keep_until }) => ({
                id: `${textOf(of)} ${textOf(stamp)}`,
                of: textOf(of),
                stamp: textOf(stamp),
                keepUntil: textOf(keep_until),
              }))}
            />
          )}
        </Part>
        <Part title="Kept on purpose">
          <ul>
            {listOf(certificate.kept_on_purpose).map(({ table, rows: count, why }) => (
              <li key={textOf(table)}>
                {words(textOf(table))}: {rowsText(Number(count))}, {textOf(why)}
              </li>
            ))}
          </ul>
        </Part>
        <Part title="Said plainly">
          <ul>
            {plain.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Part>
      </div>
    </Section>
  );
}

const rowsText = (count: number): string => (count === 1 ? '1 row' : `${numberText(count)} rows`);

const backupText = ({ taken, why, stamp }: Members): string =>
  taken === true ? `taken ${textOf(stamp)}, proven by a restore, and unreadable now` : `none: ${textOf(why)}`;

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode => (
  <Stack gap="xs">
    <Title order={3} size="h5">
      {title}
    </Title>
    {children}
  </Stack>
);
