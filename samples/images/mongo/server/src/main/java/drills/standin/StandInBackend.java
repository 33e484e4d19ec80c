package drills.standin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;

/**
 * The library's memory backend with what the clients of a MongoDB 4.4 miss in it.
 *
 * <p>Added: {@code hello}, {@code getParameter}, {@code admin} as a database like any other, with the
 * {@code system.version} every MongoDB has, databases listed as MongoDB does, {@code listCollections} with its filter.
 * Mended: answers are cut into batches, no answer shows a document half updated, an insert's {@code n} counts what was
 * inserted, {@code dropIndexes} leaves other collections alone. There are no accounts: a client that gives credentials is refused by the missing
 * {@code saslStart}.
 */
final class StandInBackend extends MemoryBackend {

    private static final String STAND_IN = "cytomine-restore-drills stand-in: mongo-java-server 1.47.0";
    private static final String ADMIN = "admin";
    private static final String SYSTEM_VERSION = "system.version";
    private static final int AUTH_SCHEMA_OF_4_4 = 5;
    private static final int DEFAULT_FIRST_BATCH = 101;

    private static final Set<String> ON_COLLECTIONS = Set.of("aggregate", "collstats", "count", "create",
        "createindexes", "dbstats", "delete", "distinct", "drop", "dropindexes", "find", "findandmodify", "insert",
        "listcollections", "listindexes", "update", "validate");
    private static final Set<String> WRITES = Set.of("create", "createindexes", "delete", "drop", "dropdatabase",
        "dropindexes", "findandmodify", "insert", "renamecollection", "update");

    private final MongoVersion version = new StandInVersion();
    private final ReadWriteLock documents = new ReentrantReadWriteLock();
    private final DefaultQueryMatcher matcher = new DefaultQueryMatcher();

    StandInBackend() {
        version(version);
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String databaseName) {
        MemoryDatabase database = super.openOrCreateDatabase(databaseName);
        if (databaseName.equals(ADMIN)) {
            database.createCollectionOrThrowIfExists(SYSTEM_VERSION, CollectionOptions.withDefaults())
                .insertDocuments(systemVersion(), true);
        }
        return database;
    }

    @Override
    public Document handleCommand(Channel channel, String databaseName, String command, Document query) {
        String name = command.toLowerCase(Locale.ROOT);
        Lock lock = isWrite(name, query) ? documents.writeLock() : documents.readLock();
        lock.lock();
        try {
            return answer(channel, databaseName, name, command, query);
        } finally {
            lock.unlock();
        }
    }

    private Document answer(Channel channel, String databaseName, String name, String command, Document query) {
        return switch (name) {
            case "hello", "ismaster" -> hello(channel, databaseName, query);
            case "buildinfo" -> super.handleCommand(channel, databaseName, command, query)
                .append("gitVersion", "none").append("standIn", STAND_IN);
            case "getparameter" -> parameters(query);
            case "listdatabases" -> listDatabases(channel, query);
            case "listcollections" -> listCollections(channel, databaseName, query);
            case "find" -> page(onCollection(channel, databaseName, command, without(query, "batchSize")),
                query.get("batchSize"), Utils.isTrue(query.get("singleBatch")));
            case "aggregate" -> page(onCollection(channel, databaseName, command, query), batchSize(query), false);
            case "insert" -> insert(channel, databaseName, command, query);
            case "dropindexes" -> dropIndexes(channel, databaseName, command, query);
            case "findandmodify" -> onCollection(channel, databaseName, command, query).cloneDeeply();
            default -> onCollection(channel, databaseName, command, query);
        };
    }

    private Document onCollection(Channel channel, String databaseName, String command, Document query) {
        boolean library = !databaseName.equals(ADMIN) || !ON_COLLECTIONS.contains(command.toLowerCase(Locale.ROOT))
            || String.valueOf(query.get(command)).startsWith("$cmd");
        if (library) {
            return super.handleCommand(channel, databaseName, command, query);
        }
        return resolveDatabase(databaseName).handleCommand(channel, command, query, this::resolveDatabase, oplog);
    }

    private Document hello(Channel channel, String databaseName, Document query) {
        return super.handleCommand(channel, databaseName, "ismaster", query)
            .append("isWritablePrimary", Boolean.TRUE).append("helloOk", Boolean.TRUE)
            .append("readOnly", Boolean.FALSE);
    }

    private Document parameters(Document query) {
        Document response = new Document();
        if (query.containsKey("authSchemaVersion")) {
            response.append("authSchemaVersion", AUTH_SCHEMA_OF_4_4);
        }
        if (query.containsKey("featureCompatibilityVersion")) {
            response.append("featureCompatibilityVersion", new Document("version", "4.4"));
        }
        if (response.isEmpty()) {
            throw new MongoServerError(72, "InvalidOptions", "no option found to get");
        }
        return okay(response);
    }

    private Document listDatabases(Channel channel, Document query) {
        resolveDatabase(ADMIN);
        List<Document> listed = new ArrayList<>();
        Document filter = (Document) query.getOrDefault("filter", new Document());
        for (String name : listDatabaseNames().stream().sorted().toList()) {
            boolean empty = firstBatch(listCollections(channel, name, new Document("listCollections", 1))).isEmpty();
            Document described = new Document("name", name).append("sizeOnDisk", 0L).append("empty", empty);
            if (!empty && matcher.matches(described, filter)) {
                listed.add(described);
            }
        }
        return okay(new Document("databases", listed).append("totalSize", 0L));
    }

    private Document listCollections(Channel channel, String databaseName, Document query) {
        Document response = onCollection(channel, databaseName, "listCollections", query);
        List<Document> listed = new ArrayList<>(firstBatch(response));
        if (databaseName.equals(ADMIN)) {
            listed.add(new Document("name", SYSTEM_VERSION).append("type", "collection")
                .append("options", new Document()).append("info", new Document("readOnly", false))
                .append("idIndex", new Document("v", 2).append("key", new Document("_id", 1)).append("name", "_id_")));
        }
        Document filter = (Document) query.getOrDefault("filter", new Document());
        listed.removeIf(described -> !matcher.matches(described, filter));
        ((Document) response.get("cursor")).put("firstBatch", listed);
        return response;
    }

    private Document insert(Channel channel, String databaseName, String command, Document query) {
        Document response = onCollection(channel, databaseName, command, query);
        List<?> errors = (List<?>) response.getOrDefault("writeErrors", List.of());
        if (!errors.isEmpty()) {
            boolean ordered = Utils.isTrue(query.getOrDefault("ordered", true));
            int sent = ((List<?>) query.get("documents")).size();
            Object firstFailed = ((Document) errors.get(0)).get("index");
            response.put("n", ordered ? firstFailed : Integer.valueOf(sent - errors.size()));
        }
        return response;
    }

    /** By key instead of by name: the library drops every collection's index of that name. */
    private Document dropIndexes(Channel channel, String databaseName, String command, Document query) {
        Object wanted = query.get("index");
        if (!(wanted instanceof String)) {
            return onCollection(channel, databaseName, command, query);
        }
        Object collection = query.get(command);
        boolean all = wanted.equals("*");
        boolean found = all;
        Document listing = onCollection(channel, databaseName, "listIndexes", new Document("listIndexes", collection));
        for (Document index : firstBatch(listing)) {
            boolean chosen = all ? !index.get("name").equals("_id_") : index.get("name").equals(wanted);
            if (chosen) {
                found = true;
                Document byKey = new Document("dropIndexes", collection).append("index", index.get("key"));
                onCollection(channel, databaseName, "dropIndexes", byKey);
            }
        }
        if (!found) {
            throw new MongoServerError(27, "IndexNotFound", "index not found with name [" + wanted + "]");
        }
        return okay(new Document());
    }

    private Document page(Document response, Object batchSize, boolean single) {
        int count = batchSize == null ? DEFAULT_FIRST_BATCH : ((Number) batchSize).intValue();
        Document cursor = (Document) response.get("cursor");
        Results results = new Results(getCursorRegistry().generateCursorId(), firstBatch(response));
        // here 0 asks for an empty first batch, unlike in getMore
        List<Document> first = count == 0 && !single ? List.of() : results.takeDocuments(count);
        cursor.put("firstBatch", first);
        if (!single && !results.isEmpty()) {
            getCursorRegistry().add(results);
            cursor.put("id", results.getId());
        }
        return response;
    }

    private static boolean isWrite(String name, Document query) {
        return WRITES.contains(name) || name.equals("aggregate") && pipelineWrites(query);
    }

    private static boolean pipelineWrites(Document query) {
        return query.get("pipeline") instanceof List<?> stages && stages.stream()
            .anyMatch(stage -> stage instanceof Document s && (s.containsKey("$out") || s.containsKey("$merge")));
    }

    private static Object batchSize(Document query) {
        return query.get("cursor") instanceof Document cursor ? cursor.get("batchSize") : null;
    }

    private static Document without(Document query, String key) {
        Document rest = query.clone();
        rest.remove(key);
        return rest;
    }

    @SuppressWarnings("unchecked")
    private static List<Document> firstBatch(Document response) {
        return (List<Document>) ((Document) response.get("cursor")).get("firstBatch");
    }

    private static List<Document> systemVersion() {
        return List.of(
            new Document("_id", "featureCompatibilityVersion").append("version", "4.4"),
            new Document("_id", "authSchema").append("currentVersion", AUTH_SCHEMA_OF_4_4));
    }

    private static Document okay(Document response) {
        Utils.markOkay(response);
        return response;
    }
}
