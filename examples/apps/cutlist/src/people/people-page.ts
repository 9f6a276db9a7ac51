import type { Refusal } from '../refusal.ts';
import type { Visitor } from '../sessions/load-session.ts';
import { renderFaults } from '../ui/faults.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { csrfField } from '../ui/page.ts';
import { formatTime } from '../ui/time.ts';
import type { Person, PersonWithPassword } from './people.ts';

export interface PeopleView {
  readonly visitor: Visitor;
  readonly people: readonly Person[];
  /** Whether people are made here and have passwords of ours. */
  readonly ownPasswords: boolean;
  readonly refusal?: Refusal;
  readonly added?: PersonWithPassword;
  readonly given: { readonly email: string; readonly fullName: string } | undefined;
}

export function renderPeople({ visitor, people, ownPasswords, refusal, added, given }: PeopleView): SafeHtml {
  return html`<h1>People</h1>
    ${added === undefined ? undefined : renderPassword(added)}
    <div class="scroll"><table>
      <thead><tr><th scope="col">Name</th><th scope="col">E-mail</th><th scope="col">Role</th>
        <th scope="col">Last log-in</th><th scope="col"><span class="unseen">Actions</span></th></tr></thead>
      <tbody>${people.map((person) => renderPerson(visitor, person, ownPasswords))}</tbody>
    </table></div>
    ${ownPasswords ? renderAdd(visitor, refusal, given) : undefined}`;
}

const renderAdd = (
  visitor: Visitor,
  refusal: Refusal | undefined,
  given: PeopleView['given'],
): SafeHtml => html`<section class="card">
      <h2>Add somebody</h2>
      ${renderFaults(refusal)}
      <form method="post" action="/people" class="inline">
        ${csrfField(visitor.token)}
        <div><label for="fullName">Name</label>
          <input id="fullName" name="fullName" required maxlength="200" value="${given?.fullName}"></div>
        <div><label for="email">E-mail address</label>
          <input id="email" name="email" type="email" required maxlength="320" value="${given?.email}"></div>
        <div><label for="role">Role</label>
          <select id="role" name="role">
            <option value="member">Member: plans and edits</option>
            <option value="viewer">Viewer: reads and exports</option>
            <option value="admin">Admin: everything</option>
          </select></div>
        <button>Add</button>
      </form>
    </section>`;

const renderPerson = (visitor: Visitor, person: Person, ownPasswords: boolean): SafeHtml => html`<tr>
  <th scope="row">${person.fullName}${person.pilot ? html` <span class="tag">Pilot</span>` : undefined}</th>
  <td>${person.email}</td>
  <td>${person.role}</td>
  <td>${person.lastLoginAt === null ? 'Never' : formatTime(person.lastLoginAt)}</td>
  <td class="end">${!ownPasswords ? undefined : person.id === visitor.userId ? html`<a href="/password">Change password</a>` : renderReset(visitor, person)}</td>
</tr>`;

const renderReset = (visitor: Visitor, person: Person): SafeHtml => html`
  <form method="post" action="/people/${person.id}/reset-password">${csrfField(visitor.token)}
    <button class="quiet" aria-label="Reset the password of ${person.fullName}">Reset password</button></form>`;

const renderPassword = ({
  person,
  temporaryPassword,
}: PersonWithPassword): SafeHtml => html`<div class="notice" role="status">
  <p>Hand this password to ${person.fullName}. It is shown once and must be replaced at the first log-in.</p>
  <p><code>${temporaryPassword}</code></p>
</div>`;
