import type { FastifyRequest } from 'fastify';
import { formatLength, readLength, type Unit } from '../cutting/length.ts';
import { fieldOf, formOf } from '../http/forms.ts';
import type { ProjectInput } from './read-project.ts';

/** A line of the form as typed. */
export interface DraftLine {
  readonly label: string;
  readonly material: string;
  readonly length: string;
  readonly quantity: string;
}

/** A form as typed, so that a faulty one comes back as it was. */
export interface Draft {
  readonly name: string;
  readonly unit: Unit;
  readonly boards: readonly DraftLine[];
  readonly parts: readonly DraftLine[];
}

export function draftOf(project: ProjectInput | undefined, unit: Unit): Draft {
  const lines = (kind: 'boards' | 'parts'): DraftLine[] =>
    (project?.[kind] ?? []).map((line) => ({
      label: line.label,
      material: line.material,
      length: formatLength(line.lengthMm, unit),
      quantity: String(line.quantity),
    }));
  return { name: project?.name ?? '', unit, boards: lines('boards'), parts: lines('parts') };
}

/** Lines that are empty throughout are no lines: the form always shows a few more than are needed. */
export function readDraft(request: FastifyRequest): Draft {
  const form = formOf(request);
  const lines = (kind: 'boards' | 'parts'): DraftLine[] => {
    const column = (name: string): string[] => form.getAll(`${kind}_${name}`).map((value) => value.trim());
    const [labels, materials, lengths, quantities] = ['label', 'material', 'length', 'quantity'].map(column);
    return (labels ?? [])
      .map((label, index) => ({
        label,
        material: materials?.[index] ?? '',
        length: lengths?.[index] ?? '',
        quantity: quantities?.[index] ?? '',
      }))
      .filter((line) => Object.values(line).some((value) => value !== ''));
  };
  const unit = fieldOf(request, 'unit') === 'in' ? 'in' : 'mm';
  return { name: fieldOf(request, 'name'), unit, boards: lines('boards'), parts: lines('parts') };
}

/** The shape `readProject` checks; what is no number stays absent and is named there. */
export function fromDraft(draft: Draft): unknown {
  const lines = (from: readonly DraftLine[]): unknown =>
    from.map((line) => ({
      label: line.label,
      material: line.material,
      lengthMm: readLength(line.length, draft.unit),
      quantity: /^\d+$/.test(line.quantity) ? Number(line.quantity) : undefined,
    }));
  return { name: draft.name, boards: lines(draft.boards), parts: lines(draft.parts) };
}
