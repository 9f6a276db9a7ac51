import type { InvitationDeps, OperatorMail } from '../mails.ts';

/** An outbox that keeps what it is given, and which links were withdrawn. */
export function keptMails() {
  const sent: OperatorMail[] = [];
  const withdrawn: string[] = [];
  const deps: InvitationDeps = {
    publicUrl: 'https://tenantry.example',
    mails: {
      send: async (_ctx, mail) => {
        sent.push(mail);
        return mail.link === undefined ? null : mail.key;
      },
      withdraw: async (_ctx, linkRef) => void withdrawn.push(linkRef),
    },
  };
  return { ...deps, sent, withdrawn };
}
