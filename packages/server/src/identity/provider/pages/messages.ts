/**
 * Every text of the log-in pages. Another language is another object of this type, entered in `CATALOGUES`; the
 * compiler then says what is missing.
 */
const en = {
  lang: 'en',
  skip: 'Skip to content',
  logIn: {
    title: 'Log in',
    tenantHint: (example: string) => `Its short name, such as ${example}.`,
    email: 'E-mail address',
    password: 'Password',
    submit: 'Log in',
    forgot: 'Forgotten your password?',
    otherTenant: (label: string) => `Not your ${label.toLowerCase()}?`,
    goesTo: (application: string) => `You are logging in to ${application}.`,
  },
  refused: {
    title: 'That did not work',
    credentials: 'These details are not right. Check each of them and try again.',
    throttled: (minutes: number) =>
      `Too many attempts. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then try again.`,
    busy: 'Many people are logging in at this moment. Wait a little, then try again.',
    tenantClosed: 'Access is closed. Ask your administrator.',
    address: 'You cannot log in from this network. Ask your administrator.',
    code: 'This code is not right, or it was used before. Wait for the next one and try again.',
    unreadable: 'What was sent could not be read.',
    stale: 'This page was out of date. Here it is again.',
    passwordsDiffer: 'The two new passwords are not the same.',
    passwordRefused: (why: string) => `Choose another password: ${why}.`,
    current: 'The present password is not right.',
  },
  change: {
    title: 'Choose a password',
    why: 'Your password is temporary. Choose your own, then go on.',
    current: 'Temporary password',
    next: 'New password',
    repeat: 'New password, once more',
    hint: 'At least 12 characters. A few words make a good one.',
    submit: 'Save password',
  },
  secondFactor: {
    title: 'Second step',
    why: 'Open your authenticator app and type the code it shows. One of your recovery codes works as well.',
    code: 'Code',
    submit: 'Go on',
  },
  enrol: {
    title: 'Set up a second step',
    why: 'Your organisation asks for a second step at log-in. You need an authenticator app on your phone.',
    scan: 'Scan this picture with the app.',
    picture: 'QR code with the key that is written below it',
    type: 'Or type this key into it:',
    confirm: 'Then type the code that the app shows.',
    code: 'Code',
    submit: 'Confirm',
    again: 'Show another picture',
  },
  recovery: {
    title: 'Keep your recovery codes',
    why: 'If you lose your phone, each of these codes lets you in once. They are shown only now: write them down or print this page.',
    list: 'Recovery codes',
    submit: 'I have kept them',
  },
  restart: 'Start again',
  forgot: {
    title: 'Forgotten password',
    why: 'Say who you are. If you have a password here, a mail with a link is on its way to you in a moment.',
    submit: 'Send the link',
    sentTitle: 'Look into your mail',
    sent: 'If you have a password here, we have sent you a link. It is good for one hour and works once.',
  },
  reset: {
    title: 'New password',
    submit: 'Save password',
    doneTitle: 'Your password is changed',
    done: 'Everybody who was logged in with the old one has been logged out. Log in with the new one.',
  },
  verify: {
    title: 'Confirm your e-mail address',
    why: 'One press, and we know that this address is yours.',
    submit: 'Confirm',
    doneTitle: 'Thank you',
    done: 'Your e-mail address is confirmed. You can log in.',
  },
  email: {
    title: 'Confirm your new e-mail address',
    why: 'One press, and you log in with this address from now on.',
    submit: 'Confirm',
    doneTitle: 'Your address is changed',
    done: 'Log in with it from now on. Everywhere else you have been logged out.',
  },
  'email-objection': {
    title: 'Keep your e-mail address',
    why: 'Press if you did not ask for another address. You keep this one, everybody who is logged in as you is logged out, and your password ends.',
    submit: 'Keep my address',
    doneTitle: 'The change is taken back',
    done: 'We have sent you a link to a new password. If none comes, ask your administrator.',
  },
  invitation: {
    title: 'Welcome',
    why: 'Choose a password. With it and your e-mail address you log in from now on.',
    submit: 'Accept the invitation',
    doneTitle: 'You are in',
    done: 'Your password is set. You can log in.',
  },
  consent: {
    title: (application: string) => `Let ${application} know who you are?`,
    why: 'It will learn your name, your e-mail address, your organisation and your role in it.',
    allow: 'Allow',
    refuse: 'Refuse',
  },
  logOut: {
    title: 'Log out?',
    why: 'This logs you out of every application that you entered with this log-in.',
    submit: 'Log out',
    doneTitle: 'You are logged out',
    done: 'You can close this window.',
  },
  error: {
    title: 'This page cannot be shown',
    expired: 'This log-in has expired or was begun in another browser. Go back to your application and try again.',
    request: 'Your application sent a request that we cannot answer. Tell its makers what stands below.',
    link: 'This link was used before or has expired. Ask for another one.',
    failure: 'Something broke on our side. It has been recorded. Try again in a while.',
    code: 'Error',
  },
};

export type Messages = typeof en;

const CATALOGUES: Readonly<Record<string, Messages>> = { en };

/** Texts in the language of a tenant, such as `pt-BR`, or the nearest there is. */
export function messagesFor(language: string | undefined): Messages {
  const wanted = (language ?? 'en').toLowerCase();
  return CATALOGUES[wanted] ?? CATALOGUES[wanted.split('-')[0] ?? ''] ?? en;
}
