// The page of a one-time link. The token stands in the fragment, which no server and no log ever sees; it is sent only
// when somebody presses the button, so that a scanner that follows the link does not use it up.

const byId = (id) => document.getElementById(id);
const parts = ['ready', 'shown', 'failed'];
const SHOWN = 'shown';

function show(part) {
  for (const id of parts) byId(id).hidden = id !== part;
}

function say(text) {
  byId('status').textContent = text;
}

function fail(title, detail, next) {
  byId('failed-title').textContent = title;
  byId('failed-detail').textContent = detail;
  byId('failed-next').textContent = next ?? '';
  show('failed');
  byId('failed-title').focus();
}

function start() {
  forget();
  say('');
  byId('reveal').disabled = false;
  if (location.hash.length > 1) show('ready');
  else if (history.state === SHOWN) {
    fail('This link is used up', 'What it showed is no longer here.', 'If you did not keep it, ask for a new link.');
  } else {
    fail(
      'This address is incomplete',
      'The part after # is missing. Some programs cut it off.',
      'Copy the whole address out of the message and open it again.',
    );
  }
}

async function reveal() {
  const button = byId('reveal');
  button.disabled = true;
  say('Opening…');
  try {
    const response = await fetch('api/v1/reveal', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: location.hash.slice(1) }),
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    const answer = await response.json();
    say('');
    if (response.ok) present(answer);
    else refuse(response.status, answer);
  } catch {
    button.disabled = false;
    say('There was no answer. Check your connection and try again.');
  }
}

/** Only a link that has ended ends here; after anything else it may still be good, so the button stays. */
function refuse(status, problem) {
  if (status === 410) {
    fail('This link cannot be opened', problem.detail, problem.next);
    return;
  }
  byId('reveal').disabled = false;
  say(`${problem.detail} ${problem.next ?? ''}`);
}

function present({ label, secret, record }) {
  history.replaceState(SHOWN, '', location.pathname);
  byId('label').textContent = label;
  const fields = record
    ? [
        ['Organization', record.organization],
        ['User name', record.username],
        ['E-mail', record.email],
        ['Password', secret],
        ['Log in at', record.login_url],
        ['Administration', record.admin_url],
      ]
    : [['Secret', secret]];
  const given = fields.filter(([, value]) => value);
  byId('fields').replaceChildren(...given.flatMap(([name, value]) => field(name, value)));
  show('shown');
  byId('label').focus();
}

function field(name, value) {
  const term = document.createElement('dt');
  term.textContent = name;
  const text = document.createElement('code');
  text.textContent = value;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'small';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy ${name}`);
  button.addEventListener('click', () => copy(name, value, { button, text }));
  const description = document.createElement('dd');
  description.append(text, button);
  return [term, description];
}

/** The clipboard is closed to pages that came over plain HTTP; there the text is selected for copying by hand. */
async function copy(name, value, { button, text }) {
  try {
    await navigator.clipboard.writeText(value);
    button.textContent = 'Copied';
    say(`${name} copied.`);
  } catch {
    getSelection()?.selectAllChildren(text);
    say(`${name} is selected: copy it with your keyboard or by a long press.`);
  }
}

/** Whoever goes back to this page later must not find the secret in it. */
function forget() {
  byId('fields').replaceChildren();
}

byId('reveal').addEventListener('click', () => void reveal());
addEventListener('hashchange', () => location.hash.length > 1 && start());
addEventListener('pagehide', forget);
addEventListener('pageshow', (event) => event.persisted && start());
start();
