import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRL;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Says for each CRL, on a line, whether a certificate is revoked under it: java Revoked.java ROOT CERTIFICATE CRL... */
class Revoked {
    public static void main(String[] files) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate root = (X509Certificate) factory.generateCertificate(read(files[0]));
        CertPath path = factory.generateCertPath(List.of(factory.generateCertificate(read(files[1]))));
        for (int index = 2; index < files.length; index++) {
            System.out.println(verdict(factory, root, path, files[index]));
        }
    }

    private static String verdict(CertificateFactory factory, X509Certificate root, CertPath path, String file) {
        try {
            CRL crl = factory.generateCRL(read(file));
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            CollectionCertStoreParameters crls = new CollectionCertStoreParameters(List.of(crl));
            parameters.addCertStore(CertStore.getInstance("Collection", crls));
            CertPathValidator validator = CertPathValidator.getInstance("PKIX");
            PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
            checker.setOptions(EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK));
            parameters.addCertPathChecker(checker);
            validator.validate(path, parameters);
            return "not revoked";
        } catch (Exception error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof CertificateRevokedException) {
                    return "revoked";
                }
            }
            return error.toString().replace('\n', ' ');
        }
    }

    private static ByteArrayInputStream read(String file) throws Exception {
        return new ByteArrayInputStream(Files.readAllBytes(Path.of(file)));
    }
}
