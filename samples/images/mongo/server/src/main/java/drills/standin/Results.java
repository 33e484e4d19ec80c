package drills.standin;

import java.util.ArrayList;
import java.util.List;

import de.bwaldvogel.mongo.backend.Cursor;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A cursor whose batches stay below MongoDB's 16 MiB.
 *
 * <p>The library puts a whole result into one message, which clients refuse above 48 MB, and it hands out the stored
 * documents themselves, which an update changes while the answer is still being written. Here they are copied, and
 * the caller holds the lock that keeps updates out.
 */
final class Results implements Cursor {

    private static final int MAX_BATCH_BYTES = 16 * 1024 * 1024;

    private final long id;
    private final List<Document> documents;
    private int position;

    Results(long id, List<Document> documents) {
        this.id = id;
        this.documents = documents;
    }

    @Override
    public long getId() {
        return id;
    }

    @Override
    public boolean isEmpty() {
        return position == documents.size();
    }

    /** The next documents, at most {@code count} of them; 0 means as many as fit. */
    @Override
    public List<Document> takeDocuments(int count) {
        List<Document> batch = new ArrayList<>();
        int bytes = 0;
        while (!isEmpty() && (count == 0 || batch.size() < count)) {
            Document document = documents.get(position);
            bytes += size(document);
            if (bytes > MAX_BATCH_BYTES && !batch.isEmpty()) {
                break;
            }
            batch.add(document.cloneDeeply());
            position++;
        }
        return batch;
    }

    private static int size(Document document) {
        ByteBuf buffer = Unpooled.buffer();
        try {
            BsonEncoder.encodeDocument(document, buffer);
            return buffer.writerIndex();
        } finally {
            buffer.release();
        }
    }
}
