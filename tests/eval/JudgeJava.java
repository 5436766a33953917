import com.sun.source.util.JavacTask;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Answers each line, a text in base64, with true when javac's parser accepts it (nothing is resolved or compiled). */
class JudgeJava {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    private static boolean accepts(String text) throws IOException {
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Judged.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        JavacTask task = (JavacTask) COMPILER.getTask(null, null, problems, List.of("-proc:none"), null, List.of(file));
        try {
            task.parse();
        } catch (StackOverflowError | RuntimeException broken) {
            return false;
        }
        return problems.getDiagnostics().stream().noneMatch(p -> p.getKind() == Diagnostic.Kind.ERROR);
    }

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(accepts(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
            System.out.flush();
        }
    }
}
