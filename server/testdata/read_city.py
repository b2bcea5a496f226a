"""Reads a city as QGIS does: python3 read_city.py <address of the city> <picture to write>.

Prints the number of features of the layer of trees by OGC API Features, then the
share of the picture of vector tiles that is painted, in pixels.
"""

import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

city, picture = sys.argv[1:]
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()

trees = QgsVectorLayer(f"url='{city}/ogc' typename='trees'", "trees", "OAPIF")
if not trees.isValid():
    sys.exit("the layer of OGC API Features is not valid: " + trees.error().summary())
found = [f for f in trees.getFeatures()]
print("features", len(found), "fields", ",".join(trees.fields().names()))

tiles = QgsVectorTileLayer(f"type=xyz&url={city}/tiles/parcels/{{z}}/{{x}}/{{y}}.mvt&zmin=13&zmax=16", "parcels")
if not tiles.isValid():
    sys.exit("the layer of vector tiles is not valid")

mercator = QgsCoordinateReferenceSystem("EPSG:3857")
to_mercator = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance())
settings = QgsMapSettings()
settings.setLayers([tiles])
settings.setDestinationCrs(mercator)
settings.setExtent(to_mercator.transformBoundingBox(QgsRectangle(-75.533, 39.157, -75.525, 39.164)))
settings.setOutputSize(QSize(800, 800))
settings.setBackgroundColor(QColor("white"))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(picture)
white = QColor("white").rgb()
print("painted", sum(image.pixel(x, y) != white for x in range(800) for y in range(800)))
# QGIS must not outlive what was made of it.
del found, image, job, settings, to_mercator, mercator, trees, tiles
app.exitQgis()
