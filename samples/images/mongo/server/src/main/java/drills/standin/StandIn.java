package drills.standin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

import de.bwaldvogel.mongo.MongoServer;

/**
 * Starts the stand-in: {@code java -jar standin.jar --host 127.0.0.1 --port 0}.
 *
 * <p>Prints {@code listening HOST:PORT} when it takes connections; SIGTERM ends it. What it holds is in memory only.
 */
public final class StandIn {

    private static final String USAGE = "usage: java -jar standin.jar [--host 127.0.0.1] [--port 0]";
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private StandIn() {
    }

    /** Serves until the process is told to end. */
    public static void main(String[] args) {
        MongoServer server = new MongoServer(new StandInBackend());
        try {
            server.bind(address(args));
        } catch (IllegalArgumentException e) {
            exit(EXIT_USAGE, e.getMessage() + "\n" + USAGE);
        } catch (RuntimeException e) {
            exit(EXIT_FAILED, "cannot listen as told by " + String.join(" ", args) + ": " + e.getMessage()
                + "; choose another --port (0 takes any free one)");
        }
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        InetSocketAddress bound = server.getLocalAddress();
        System.out.println("listening " + bound.getAddress().getHostAddress() + ":" + bound.getPort());
        System.out.flush();
    }

    private static InetSocketAddress address(String[] args) {
        String host = "127.0.0.1";
        int port = 0;
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            }
            switch (args[i]) {
                case "--host" -> host = args[i + 1];
                case "--port" -> port = Integer.parseInt(args[i + 1]);
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("--host " + host + " is no address of this machine", e);
        }
    }

    private static void exit(int status, String message) {
        System.err.println("standin: " + message);
        System.exit(status);
    }
}
