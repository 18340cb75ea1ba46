import '../elements/loop-app.ts';
import '../elements/loop-diagnostics.ts';
