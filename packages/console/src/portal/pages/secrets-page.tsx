import type { PortalSecretView, RevealedView } from '@tenantry/contract';
import { type ReactNode, useState } from 'react';
import { isFault, type PortalFault, post } from '../api.ts';
import { FaultNote, Heading, Waiting } from '../parts/common.tsx';
import { useSession } from '../parts/session.tsx';
import { useLoad } from '../parts/use-load.ts';

export function SecretsPage(): ReactNode {
  const { say } = useSession().speech;
  const { data, fault, again } = useLoad<{ readonly items: readonly PortalSecretView[] }>('/secrets');
  return (
    <>
      <Heading>{say('page.secrets')}</Heading>
      {fault !== undefined && <FaultNote fault={fault} onAgain={() => void again()} />}
      {data === undefined && fault === undefined && <Waiting />}
      {data?.items.length === 0 && <p className="quiet">{say('secrets.none')}</p>}
      <ul className="cards">
        {data?.items.map((secret) => (
          <SecretCard key={secret.id} secret={secret} />
        ))}
      </ul>
    </>
  );
}

/** Kept in this part of the page alone: it is in no storage, and gone when the reader leaves. */
function SecretCard({ secret }: { readonly secret: PortalSecretView }): ReactNode {
  const { say, time } = useSession().speech;
  const [shown, setShown] = useState<RevealedView | undefined>();
  const [fault, setFault] = useState<PortalFault | undefined>();
  const show = async (): Promise<void> => {
    setFault(undefined);
    try {
      setShown(await post<RevealedView>(`/secrets/${secret.id}/reveal`));
    } catch (error) {
      if (!isFault(error)) throw error;
      setFault(error);
    }
  };
  return (
    <li className="card">
      <h2>{secret.label === '' ? say('secrets.about') : secret.label}</h2>
      {shown === undefined ? (
        <>
          <p>{say('secrets.text')}</p>
          <p className="quiet">{say('secrets.until', { time: time(secret.expires_at) })}</p>
          {fault?.status === 410 ? (
            <p className="note bad" role="alert">
              {say('secrets.gone')}
            </p>
          ) : (
            fault !== undefined && <FaultNote fault={fault} />
          )}
          <button type="button" className="press" onClick={() => void show()}>
            {say('secrets.show')}
          </button>
        </>
      ) : (
        <Shown revealed={shown} />
      )}
    </li>
  );
}

function Shown({ revealed }: { readonly revealed: RevealedView }): ReactNode {
  const { say } = useSession().speech;
  const [copied, setCopied] = useState(false);
  const { secret, record } = revealed;
  return (
    <>
      <p className="note warn" role="status">
        {say('secrets.shown')}
      </p>
      <dl>
        {record !== null && (
          <>
            <div>
              <dt>{say('secrets.username')}</dt>
              <dd>{record.username}</dd>
            </div>
            <div>
              <dt>{say('secrets.address')}</dt>
              <dd>
                <a href={record.login_url}>{record.login_url}</a>
              </dd>
            </div>
          </>
        )}
        <div>
          <dt>{say('secrets.secret')}</dt>
          <dd>
            <code>{secret}</code>
          </dd>
        </div>
      </dl>
      <button
        type="button"
        className="plain"
        onClick={async () => {
          await window.navigator.clipboard.writeText(secret).then(
            () => setCopied(true),
            () => undefined,
          );
        }}
      >
        {say(copied ? 'secrets.copied' : 'secrets.copy')}
      </button>
    </>
  );
}
