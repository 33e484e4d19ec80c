package drills.standin;

import java.util.List;

import de.bwaldvogel.mongo.MongoVersion;

/**
 * Says that it is MongoDB 4.4.18, the version of Cytomine's mongo image 1.0.0.
 *
 * <p>The library's own versions stop at wire version 8, which pymongo 4.20 refuses.
 */
final class StandInVersion implements MongoVersion {

    private static final List<Integer> VERSION = List.of(4, 4, 18, 0);
    private static final int WIRE_VERSION_OF_4_4 = 9;

    @Override
    public List<Integer> getVersionArray() {
        return VERSION;
    }

    @Override
    public String toVersionString() {
        return "4.4.18";
    }

    @Override
    public int getWireVersion() {
        return WIRE_VERSION_OF_4_4;
    }
}
