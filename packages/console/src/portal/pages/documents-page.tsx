import type { PortalDocumentView } from '@tenantry/contract';
import type { ReactNode } from 'react';
import { downloadAddress } from '../api.ts';
import { FaultNote, Heading, Waiting } from '../parts/common.tsx';
import { useSession } from '../parts/session.tsx';
import { useLoad } from '../parts/use-load.ts';

const LOOK_EVERY_MS = 30_000;

export function DocumentsPage(): ReactNode {
  const { say, date, size } = useSession().speech;
  const { data, fault, again } = useLoad<{ readonly items: readonly PortalDocumentView[] }>(
    '/documents',
    LOOK_EVERY_MS,
  );
  return (
    <>
      <Heading>{say('page.documents')}</Heading>
      {fault !== undefined && <FaultNote fault={fault} onAgain={() => void again()} />}
      {data === undefined && fault === undefined && <Waiting />}
      {data?.items.length === 0 && <p className="quiet">{say('documents.none')}</p>}
      <ul className="cards">
        {data?.items.map((each) => (
          <li key={each.url} className="card">
            <a className="card-link" href={downloadAddress(each.url)} download={each.name}>
              {each.title}
            </a>
            <p className="quiet">
              {each.name} · {say('documents.about', { size: size(each.size), date: date(each.written_at) })}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
