import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';
import { listPiece, rowsIn } from './lines.ts';
import { isSecretColumn, unlisted } from './plane-tables.ts';

describe('an export', () => {
  it('OFF-25: writes rows as RFC 4180 has them, and never a formula', () => {
    expect(csvLine(['a', 1, null, true, 'x,"y"\nz', { a: [1] }])).toBe('a,1,,true,"x,""y""\nz","{""a"":[1]}"\r\n');
    expect(csvLine(['=1+1', '@SUM(A1)', -5])).toBe("'=1+1,'@SUM(A1),-5\r\n");
  });

  it('OFF-30: takes what lets somebody in for a secret', () => {
    const secrets = [
      'password_hash',
      'api_key',
      'apikey',
      'servicedesk_api_key_encrypted',
      'token',
      'totp_secret',
      'salt',
    ];
    expect(secrets.filter((name) => !isSecretColumn(name))).toEqual([]);
    expect(
      ['email', 'key', 'name', 'passage', 'settings', 'hashtag', 'must_change_password', 'password_changed_at'].filter(
        isSecretColumn,
      ),
    ).toEqual([]);
  });

  it('notices a table nobody has listed', () => {
    expect(unlisted(['users', 'brand_new'])).toEqual(['brand_new']);
  });

  it('lists the rows of a piece as an array does, whatever their length', () => {
    for (const rows of [['{"a":1}'], ['{}', '{"é":"\\n"}', '1', '2', '3']]) {
      const piece = Buffer.from(rows.map((row) => `${row}\n`).join(''));
      expect(rowsIn(piece)).toEqual(rows);
      const { bytes, rows: count } = listPiece(piece);
      expect(bytes.toString()).toBe(rows.join(',\n'));
      expect(count).toBe(rows.length);
    }
  });
});
