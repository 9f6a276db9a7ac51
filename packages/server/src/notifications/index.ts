export { TEMPLATES, type Template } from './compose.ts';
export {
  enqueueMail,
  listMail,
  MAIL_TASK,
  type Mail,
  type MailState,
  type MailValues,
  retryMail,
  sweepMail,
} from './outbox.ts';
export { type SendDeps, sendMail } from './send-mail.ts';
export { type MailTransport, type SmtpServer, smtpServerOf, smtpTransport } from './smtp.ts';
