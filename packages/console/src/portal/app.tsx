/** The frame of the portal: who it is for, where one can go, and the page. */
import type { PortalLifeView, PortalOverviewView } from '@tenantry/contract';
import { type ReactNode, useEffect, useState } from 'react';
import { isFault, type PortalFault, post } from './api.ts';
import { DocumentsPage } from './pages/documents-page.tsx';
import { OfflinePage } from './pages/offline-page.tsx';
import { OpenPage, SignedOutPage } from './pages/open-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { PlanPage } from './pages/plan-page.tsx';
import { QuestionsPage } from './pages/questions-page.tsx';
import { SecretsPage } from './pages/secrets-page.tsx';
import { TaskPage } from './pages/task-page.tsx';
import { wearBrand } from './parts/brand.ts';
import { FaultNote, Go, Heading, Waiting } from './parts/common.tsx';
import { LifeBanner } from './parts/life-banner.tsx';
import { useStream } from './parts/live.ts';
import { type Place, usePlace } from './parts/route.ts';
import { SessionProvider, SpeechProvider, useSession } from './parts/session.tsx';
import { useLoad } from './parts/use-load.ts';
import { languageOfBrowser, speak } from './texts/speak.ts';

const LOOK_EVERY_MS = 10_000;
const LIFE_EVERY_MS = 60_000;

export function App(): ReactNode {
  const place = usePlace();
  // Taken once: afterwards it is not in the address any more.
  const [token, setToken] = useState(() => tokenOf(place));
  const [begun, setBegun] = useState(0);
  if (token !== undefined) {
    return (
      <Outside>
        <OpenPage
          token={token}
          onOpen={() => {
            setToken(undefined);
            setBegun((count) => count + 1);
          }}
        />
      </Outside>
    );
  }
  return <Inside key={begun} place={place[0] === 'open' ? [] : place} />;
}

const tokenOf = (place: Place): string | undefined =>
  place[0] === 'open' && window.location.hash.length > 1 ? window.location.hash.slice(1) : undefined;

/** Before anybody is known: in the language of the browser. */
function Outside({ children }: { readonly children: ReactNode }): ReactNode {
  const speech = speak(languageOfBrowser(window.navigator.language));
  useEffect(() => {
    document.documentElement.lang = speech.language;
  }, [speech.language]);
  return (
    <SpeechProvider value={speech}>
      <main id="main" className="narrow">
        {children}
      </main>
    </SpeechProvider>
  );
}

function Inside({ place }: { readonly place: Place }): ReactNode {
  const { data, fault, again } = useLoad<PortalOverviewView>('/overview', LOOK_EVERY_MS);
  const life = useLoad<{ readonly life: PortalLifeView | null }>('/life', LIFE_EVERY_MS);
  const [left, setLeft] = useState<'by choice' | 'ended' | undefined>();
  const language = data?.language;
  useEffect(() => {
    if (data === undefined) return;
    document.documentElement.lang = data.language;
    wearBrand(data);
  }, [data]);
  const isOut = (each: PortalFault | undefined): boolean => each?.code === 'portal.signed_out';
  if (left !== undefined || isOut(fault)) {
    return (
      <Outside>
        <SignedOutPage byChoice={left === 'by choice'} />
      </Outside>
    );
  }
  if (data === undefined) {
    return (
      <Outside>
        {fault === undefined ? (
          <Waiting />
        ) : fault.status === 0 ? (
          <OfflinePage onAgain={again} />
        ) : (
          <FaultNote fault={fault} onAgain={() => void again()} />
        )}
      </Outside>
    );
  }
  const session = {
    speech: speak(language ?? 'en'),
    overview: data,
    refresh: again,
    life: life.data?.life,
    refreshLife: life.again,
    signedOut: (each: PortalFault) => {
      if (isOut(each)) setLeft('ended');
      return isOut(each);
    },
  };
  return (
    <SpeechProvider value={session.speech}>
      <SessionProvider value={session}>
        <Frame place={place} onSignOut={() => setLeft('by choice')}>
          {fault !== undefined && <FaultNote fault={fault} onAgain={() => void again()} />}
          <LifeBanner here={place[0] === 'plan'} />
          <Page place={place} />
        </Frame>
      </SessionProvider>
    </SpeechProvider>
  );
}

function Page({ place }: { readonly place: Place }): ReactNode {
  const [page, run, step] = place;
  if (page === undefined) return <OverviewPage />;
  if (page === 'task' && run !== undefined && step !== undefined) {
    return <TaskPage key={`${run}/${step}`} run={run} step={step} />;
  }
  if (page === 'plan') return <PlanPage />;
  if (page === 'documents') return <DocumentsPage />;
  if (page === 'secrets') return <SecretsPage />;
  if (page === 'questions') return <QuestionsPage />;
  return <NothingHere />;
}

export function NothingHere(): ReactNode {
  const { say } = useSession().speech;
  return (
    <>
      <Heading>{say('page.notFound')}</Heading>
      <p>{say('page.notFoundText')}</p>
      <Go to={[]}>{say('page.back')}</Go>
    </>
  );
}

const PAGES = [
  { at: undefined, text: 'page.overview' },
  { at: 'plan', text: 'page.plan' },
  { at: 'documents', text: 'page.documents' },
  { at: 'questions', text: 'page.questions' },
  { at: 'secrets', text: 'page.secrets' },
] as const;

interface FrameProps {
  readonly place: Place;
  readonly onSignOut: () => void;
  readonly children: ReactNode;
}

function Frame({ place, onSignOut, children }: FrameProps): ReactNode {
  useStream();
  const { overview, speech } = useSession();
  const { say, time } = speech;
  const { brand, me, session } = overview;
  const signOut = async (): Promise<void> => {
    await post('/sign-out').catch((error: unknown) => {
      if (!isFault(error)) throw error;
    });
    onSignOut();
  };
  return (
    <>
      <button type="button" className="plain skip" onClick={() => document.getElementById('main')?.focus()}>
        {say('page.skip')}
      </button>
      <header>
        <p className="brand">
          {brand.name}
          <small>{brand.product}</small>
        </p>
        <nav aria-label={say('page.menu')}>
          {PAGES.map(({ at, text }) => (
            <Go key={text} to={at === undefined ? [] : [at]} current={place[0] === at}>
              {say(text)}
            </Go>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer>
        <p>
          {say('page.signedInAs', { name: me.name })} · {me.roles.join(', ')}
        </p>
        <p>{say('page.openUntil', { time: time(session.expires_at) })}</p>
        {brand.support !== null && (
          <p>
            <a href={`mailto:${brand.support}`}>{say('page.support', { email: brand.support })}</a>
          </p>
        )}
        <button type="button" className="plain" onClick={() => void signOut()}>
          {say('page.signOut')}
        </button>
      </footer>
    </>
  );
}
