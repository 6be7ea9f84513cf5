DROP TABLE "axes_accessattemptexpiration";
DROP TABLE "axes_accessfailurelog";
DROP TABLE "axes_accesslog";
DROP TABLE "axes_accessattempt";
