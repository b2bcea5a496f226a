"""Reads a city as QGIS does: python3 read_city.py <address of the city> <picture to write>.

Prints as JSON what it reads by OGC API Features (how many trees there are, by
small pages, in a place and by an expression; the types of the attributes of
parcels; the CRS) and how many pixels of the pictures of features and of vector
tiles are painted. The picture shows the features of parcels over their tiles.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
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


def features(name, more=""):
    layer = QgsVectorLayer(f"url='{city}/ogc' typename='{name}' {more}", name, "OAPIF")
    if not layer.isValid():
        sys.exit(f"layer {name} of OGC API Features is not valid: " + layer.error().summary())
    return layer


def count(layer, request=QgsFeatureRequest()):
    return sum(1 for _ in layer.getFeatures(request))


def paint(layers, file=None):
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    to_mercator = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance())
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(mercator)
    settings.setExtent(to_mercator.transformBoundingBox(QgsRectangle(-75.533, 39.157, -75.525, 39.164)))
    settings.setOutputSize(QSize(400, 400))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    if file:
        image.save(file)
    white = QColor("white").rgb()
    return sum(image.pixel(x, y) != white for x in range(400) for y in range(400))


trees, paged, parcels = features("trees"), features("trees", "pageSize='2'"), features("parcels")
tiles = QgsVectorTileLayer(f"type=xyz&url={city}/tiles/parcels/{{z}}/{{x}}/{{y}}.mvt&zmin=13&zmax=16", "parcels")
if not tiles.isValid():
    sys.exit("the layer of vector tiles is not valid")
first = next(trees.getFeatures())
around = QgsRectangle.fromCenterAndSize(first.geometry().asPoint(), 1e-7, 1e-7)
expression = QgsFeatureRequest().setFilterExpression(f"\"species\" = '{first['species']}'")
print(json.dumps({
    "trees": count(trees),
    "paged": count(paged),
    "near": count(trees, QgsFeatureRequest(around)),
    "alike": count(trees, expression),
    "species": first["species"],
    "crs": trees.crs().authid(),
    "types": {field.name(): field.typeName() for field in parcels.fields()},
    "features": paint([parcels]),
    "tiles": paint([tiles]),
    "both": paint([parcels, tiles], picture),
}))
# QGIS must not outlive what was made of it.
del first, expression, trees, paged, parcels, tiles
app.exitQgis()
