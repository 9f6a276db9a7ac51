import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { type CheckpointSigner, checkpointKeyId } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { openSecret } from './open-secret.ts';
import { sealSecret } from './seal-secret.ts';
import type { VaultCtx } from './types.ts';

const ENTRY_KEY = 'tenantry/audit-checkpoint-key';

/**
 * The Ed25519 key that audit checkpoints are signed with. It is made once and lies in the vault: whoever can write to
 * the database alone cannot sign, and a new master key does not change the public key people have noted down.
 */
export async function loadCheckpointSigner(ctx: VaultCtx): Promise<CheckpointSigner> {
  const fresh = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const { ref } = await sealSecret(ctx, {
    tenantId: null,
    label: 'Audit checkpoint signing key',
    secret: new Secret(fresh),
    owner: { kind: 'system', id: 'audit' },
    // The first one sealed under this key is answered ever after.
    key: ENTRY_KEY,
  });
  const kept = await openSecret(ctx, ref, { purpose: 'Sign audit checkpoints.' });
  const privateKey = createPrivateKey(kept.reveal());
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
  return {
    keyId: checkpointKeyId(publicKey),
    publicKey,
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}
