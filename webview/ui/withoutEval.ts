import { config } from 'zod';

// A panel's policy lets no code be made of text, which zod would try in order to be faster, and which the browser would report.
config({ jitless: true });
