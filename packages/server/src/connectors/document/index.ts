export {
  DOCUMENT_FORMATS,
  type Document,
  type DocumentFormat,
  type DocumentRequest,
  renderDocument,
} from './render.ts';
