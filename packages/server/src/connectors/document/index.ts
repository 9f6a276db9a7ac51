export { type DocumentAbout, languageSchema } from './about.ts';
export { colorSchema, type DocumentBrand } from './pdf/write-pdf.ts';
export {
  DOCUMENT_FORMATS,
  type Document,
  type DocumentFormat,
  type DocumentRequest,
  renderDocument,
} from './render.ts';
