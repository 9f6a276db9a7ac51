export {
  type EvidencePack,
  type EvidencePackInput,
  type EvidenceSigner,
  writeEvidencePack,
} from './write-evidence-pack.ts';
