import { createRoot } from 'react-dom/client';

/** The client portal's own bundle. Its pages are added here; nothing of the operator console is loaded with it. */
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <main>
      <h1>Client portal</h1>
      <p>Please use the link you were sent.</p>
    </main>,
  );
}
